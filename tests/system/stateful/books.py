"""What is written here, and what has to be true of it at every moment, whoever died before."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.common.sql import execute

from joanie.common.money import Money, from_minor_units
from joanie.common.state_machine import StateMachine
from joanie.core.enums import ACTIVE_ORDER_STATES, GRANTING_ORDER_STATES, ORDER_MACHINE
from joanie.core.models import Enrollment, Order, OrderTargetCourseRelation, Product
from joanie.emulators.dummy.wire import payment_as_json
from joanie.emulators.kit.acquirer.state import State
from joanie.payment.documents.storage import read_pdf
from joanie.payment.enums import (
    CARD_MACHINE,
    PAYMENT_MACHINE,
    REFUND_MACHINE,
    CardState,
    NotificationState,
    TransactionKind,
)
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import (
    CreditCard,
    Payment,
    PaymentNotification,
    ProformaInvoice,
    Refund,
    Transaction,
)

MACHINES: dict[type[Model], StateMachine] = {
    Order: ORDER_MACHINE,
    Payment: PAYMENT_MACHINE,
    Refund: REFUND_MACHINE,
    CreditCard: CARD_MACHINE,
}
WATCHED = (
    Order,
    Payment,
    Refund,
    CreditCard,
    ProformaInvoice,
    Transaction,
    PaymentNotification,
    Enrollment,
    Product,
    ProcrastinateJob,
)
FREE_TO_CHANGE = {"state", "updated_on", "pdf", "pdf_sha256"}
# What may hinder a notification from being taken up; anything else is a fault of ours.
WAITS_BECAUSE = ("RegisterPaymentFailed", "RefundPaymentFailed", "ProviderUnavailable")


class Books:
    """Read after each step, and compared with what was read after the one before."""

    def __init__(self, state: State) -> None:
        self._theirs = state
        self._documents: dict[Any, dict[str, Any]] = {}
        self._pdfs: dict[Any, str] = {}
        self._lines: dict[Any, dict[str, Any]] = {}
        self._states: dict[Any, str] = {}
        self._seats: dict[Any, int] = {}
        self._read = ""
        self.read()

    def read(self) -> None:
        self.orders = list(Order.objects.order_by("created_on"))
        self.payments = list(Payment.objects.select_related("order").order_by("created_on"))
        self.refunds = list(Refund.objects.select_related("payment").order_by("created_on"))
        self.cards = list(CreditCard.objects.select_related("owner").order_by("created_on"))
        self.lines = list(Transaction.objects.order_by("created_on"))
        self.notifications = list(PaymentNotification.objects.order_by("created_on"))

    def check(self) -> None:
        """Check everything, unless nothing was written since the last time."""
        written = self._version()
        if written == self._read:
            return
        self._read = written
        self.read()
        assert list(verify_ledger()) == []
        self._check_documents()
        self._check_lines()
        self._check_moves([*self.orders, *self.payments, *self.refunds, *self.cards])
        self._check_orders()
        self._check_seats()
        self._check_cards()
        self._check_notifications()
        self._check_access()

    def _version(self) -> str:
        """Name what was written last: each version of a row has a number of its own."""
        tables = (model._meta.db_table for model in WATCHED)
        versions = (
            f"SELECT coalesce(sum(xmin::text::bigint), 0) + count(*) FROM {t}" for t in tables
        )
        return str(execute(" UNION ALL ".join(versions)))

    def _check_documents(self) -> None:
        """What was issued stays as it was, to the last byte."""
        documents = {row["id"]: row for row in ProformaInvoice.objects.values()}
        for pk, before in self._documents.items():
            now = documents[pk]
            assert {name for name in now if now[name] != before[name]} <= FREE_TO_CHANGE
            if before["pdf_sha256"]:
                assert (now["pdf"], now["pdf_sha256"]) == (before["pdf"], before["pdf_sha256"])
        if any(row["pdf_sha256"] for row in documents.values()):
            for document in ProformaInvoice.objects.exclude(pdf_sha256=""):
                read_pdf(document)
        self._documents = documents

    def _check_lines(self) -> None:
        """Nothing booked is changed, and nothing is booked that did not happen there."""
        lines = {row["id"]: row for row in Transaction.objects.values()}
        assert self._lines.items() <= lines.items()
        self._lines = lines
        happened = Counter(self._what_happened_there())
        booked = Counter((line.kind, line.reference, line.total) for line in self.lines)
        assert booked <= happened

    def _what_happened_there(self) -> Iterable[tuple[str, str, Money]]:
        for payment in self._theirs.all_payments():
            if payment.status == "succeeded":
                shown = payment_as_json(payment)
                yield "payment", payment.id, from_minor_units(shown["amount"], shown["currency"])
            for refund in payment.refunds:
                money = from_minor_units(refund.amount, refund.currency)
                # One that failed may have succeeded before.
                yield "refund", refund.id, -money
                if refund.status == "failed":
                    yield "refund_reversal", f"{refund.id}/reversal", money
            for dispute in payment.disputes:
                money = from_minor_units(dispute.amount, dispute.currency)
                yield "chargeback", dispute.id, -money
                if dispute.status == "won":
                    yield "chargeback_reversal", f"{dispute.id}/reversal", money

    def _check_moves(self, rows: Iterable[Any]) -> None:
        """Each state can be reached from the one before by moves that are allowed."""
        for row in rows:
            before = self._states.get(row.pk, row.state)
            assert row.state in _reachable(MACHINES[type(row)], before), (row, before)
            self._states[row.pk] = row.state

    def _check_orders(self) -> None:
        active = Counter(
            (order.owner_id, order.course_id, order.product_id)
            for order in self.orders
            if order.state in ACTIVE_ORDER_STATES
        )
        assert all(count == 1 for count in active.values())

    def _check_seats(self) -> None:
        """There are no more orders than seats, unless there were when seats were taken away."""
        for product in Product.objects.all():
            taken = sum(
                order.product_id == product.pk and order.state in ACTIVE_ORDER_STATES
                for order in self.orders
            )
            limit = product.max_orders
            if limit is not None:
                assert taken <= max(limit, self._seats.get(product.pk, 0))
            self._seats[product.pk] = taken

    def _check_cards(self) -> None:
        active = [card for card in self.cards if card.state == CardState.ACTIVE]
        main = Counter(card.owner_id for card in self.cards if card.is_main)
        assert all(card.state == CardState.ACTIVE for card in self.cards if card.is_main)
        assert main == Counter({card.owner_id for card in active})
        # Who was erased has none.
        assert all(card.owner.is_active for card in active)

    def _check_notifications(self) -> None:
        for row in self.notifications:
            if row.state in (NotificationState.FAILED, NotificationState.DEAD):
                assert row.last_error.startswith(WAITS_BECAUSE), row.last_error

    def _check_access(self) -> None:
        """Learners are where their orders take them, once the worker has seen to it."""
        if ProcrastinateJob.objects.filter(task_name="joanie.core.update_access").exists():
            return
        granting = OrderTargetCourseRelation.objects.filter(
            order__state__in=GRANTING_ORDER_STATES
        ).with_runs()
        entered = Enrollment.objects.filter(is_active=True)
        assert set(entered.values_list("owner", "course_run")) == set(
            granting.values_list("order__owner", "run")
        )


def sum_by_payment(lines: Iterable[Transaction]) -> dict[Any, Money]:
    sums: dict[Any, Money] = {}
    for line in lines:
        sums[line.payment_id] = sums.get(line.payment_id, 0) + line.total
    return sums


def came(lines: Iterable[Transaction]) -> set[str]:
    return {line.reference for line in lines if line.kind == TransactionKind.PAYMENT}


def _reachable(machine: StateMachine, state: str) -> set[str]:
    found, pairs = {state}, machine.pairs()
    while more := {target for source, target in pairs if source in found} - found:
        found |= more
    return found
