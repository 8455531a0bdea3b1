"""What learners, staff and the worker do in front of one backend, by way of the services."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier
from typing import Any, cast

import httpx
from django.db import connection
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from joanie.common.money import Money, from_minor_units, to_minor_units
from joanie.core.factories import ProductFactory, UserFactory
from joanie.core.models import Order, Product
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.registry import build_backend
from joanie.payment.backends.types import Capability, Flow, PaymentInfo
from joanie.payment.conformance.candidates import Candidate
from joanie.payment.conformance.harness import Card, Fault, Harness, Operation
from joanie.payment.exceptions import CreatePaymentFailed
from joanie.payment.factories import BillingAddressDictFactory
from joanie.payment.models import (
    CreditCard,
    Payment,
    PaymentNotification,
    ProformaInvoice,
    Refund,
    Transaction,
)
from joanie.payment.services.checkout import Checkout, pay_order, place_order
from joanie.payment.services.credit_cards import delete_card, forget_card
from joanie.payment.services.intake import process_due_notifications
from joanie.payment.services.payment_request import PaymentRequest
from joanie.payment.services.reconciliation import reconcile_payments
from joanie.payment.services.reconciliation.report import Report
from joanie.payment.services.refunds import refund_payment, submit_refund

# The accounts, first and second.
ALIASES = ("first", "second")
# What the worker does about money and cards; mails and documents are no concern of backends.
JOBS = (
    "joanie.payment.submit_refund",
    "joanie.payment.refund_unusable_money",
    "joanie.payment.forget_card",
)
SILENT = (Fault.SILENT_BEFORE, Fault.SILENT_AFTER)
# Seconds: how long a provider is waited for that will not answer.
SHORT_TIMEOUT = 0.5


@dataclass(frozen=True)
class Purchase:
    """An order that was placed, as it is whenever it is looked at."""

    order_id: uuid.UUID
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> Order:
        return Order.objects.get(pk=self.order_id)

    @property
    def state(self) -> str:
        return str(self.order.state)

    @property
    def payment(self) -> Payment:
        """The latest attempt."""
        return Payment.objects.filter(order=self.order_id).latest("created_on")

    @property
    def reference(self) -> str:
        return self.payment.provider_reference

    @property
    def invoice(self) -> ProformaInvoice:
        return ProformaInvoice.objects.main().get(order=self.order_id)

    @property
    def lines(self) -> list[Money]:
        """What the ledger booked, in the order in which it came and went."""
        rows = Transaction.objects.filter(proforma_invoice__order=self.order_id)
        return [row.total for row in rows.order_by("created_on")]


class Shop:
    """One learner's dealings. ``configured`` are the host's settings, restored after each test."""

    def __init__(
        self, candidate: Candidate, harness: Harness, base_url: str, configured: Settings
    ) -> None:
        assert candidate.backend is not None
        self.backend = candidate.backend
        self.currency = candidate.currency
        self.harness = harness
        self.base_url = base_url
        self.owner = UserFactory()
        self._configured = configured
        self._tokens: set[str] = set()
        self._done: set[int] = set()

    @property
    def secrets(self) -> set[str]:
        """What no log may hold: keys of the accounts, tokens of cards, removed ones too."""
        kept = set(CreditCard.objects.values_list("token", flat=True))
        return self.harness.secrets(0) | self.harness.secrets(1) | self._tokens | kept

    @property
    def price(self) -> Money:
        return self.harness.price(self.currency)

    @property
    def part(self) -> Money:
        """Less than the half of a price."""
        return from_minor_units(4_000, self.currency)

    @property
    def has_page(self) -> bool:
        """Say whether the learner pays after ordering."""
        return self.backend.flow != Flow.CLIENT_TOKEN

    def notification_url(self, alias: str = ALIASES[0]) -> str:
        path = reverse("joanie:payment-notifications", kwargs={"alias": alias})
        return f"{self.base_url}{path}"

    def build(self, alias: str = ALIASES[0]) -> BasePaymentBackend:
        return build_backend(alias)

    # The learner ---------------------------------------------------------------------------------

    def product(self) -> Product:
        product: Product = ProductFactory(price=self.price)
        return product

    def request(
        self, card: Card = Card.GOOD, *, alias: str = ALIASES[0], **changes: Any
    ) -> PaymentRequest:
        prepared = self.harness.prepare(card, account=ALIASES.index(alias))
        values = {"payment_method": alias, **prepared, **changes}
        return PaymentRequest(
            billing_address=BillingAddressDictFactory(), base_url=self.base_url, **values
        )

    def order(
        self, card: Card = Card.GOOD, *, product: Product | None = None, **changes: Any
    ) -> Purchase:
        """Place an order; where the browser has paid before, it is paid. Raises as checkout does.

        The same product twice is another attempt on the same order.
        """
        return self._place(product or self.product(), self.request(card, **changes))

    def buy(self, card: Card = Card.GOOD, *, saves: bool = False, **changes: Any) -> Purchase:
        """Order, pay, and wait until the provider has told all. A decline is a purchase too."""
        try:
            purchase = self.order(card, save_card=saves, **changes)
        except CreatePaymentFailed as refusal:
            return Purchase(refusal.context["order_id"])
        self.pay(purchase, card, saves=saves)
        return purchase

    def pay(self, purchase: Purchase, card: Card = Card.GOOD, *, saves: bool = False) -> str:
        """Pay what was ordered; give the address of the bank's challenge, if there is one."""
        info = cast("PaymentInfo", purchase.info)
        challenge = self.harness.pay(info, card, saves=saves)
        self.harness.deliver()
        return challenge

    def pay_again(self, purchase: Purchase, card: Card = Card.GOOD, **changes: Any) -> Purchase:
        """Make another attempt on the same order. Raises as checkout does."""
        checkout = pay_order(order=purchase.order, payment=self.request(card, **changes))
        again = _as_purchase(checkout)
        self.pay(again, card)
        return again

    def one_click(
        self, card: CreditCard, *, product: Product | None = None, **changes: Any
    ) -> Purchase:
        """Buy with a saved card. Raises as checkout does."""
        request = PaymentRequest(
            billing_address=BillingAddressDictFactory(),
            base_url=self.base_url,
            credit_card_id=card.pk,
            **changes,
        )
        purchase = self._place(product or self.product(), request)
        self.harness.deliver()
        return purchase

    def save_card(self, card: Card = Card.GOOD, **changes: Any) -> CreditCard:
        """Buy something else, and have the card saved with it."""
        known = set(CreditCard.objects.values_list("pk", flat=True))
        self.buy(card, saves=True, **changes)
        saved = CreditCard.objects.exclude(pk__in=known).get()
        self._tokens.add(saved.token)
        return saved

    def _place(self, product: Product, payment: PaymentRequest) -> Purchase:
        checkout = place_order(
            owner=self.owner,
            course=product.courses.get(),
            product=product,
            language="en",
            payment=payment,
        )
        return _as_purchase(checkout)

    # Staff ---------------------------------------------------------------------------------------

    def give_back(self, purchase: Purchase, amount: Money | None = None) -> Refund:
        """Ask for money back, and have the worker tell the provider. Raises as they do."""
        refund = self.ask_back(purchase, amount)
        submit_refund(refund.pk)
        self.harness.deliver()
        return Refund.objects.get(pk=refund.pk)

    def ask_back(self, purchase: Purchase, amount: Money | None = None) -> Refund:
        """Ask for money back, of what was taken a day ago; the worker has not told anybody."""
        self.harness.settle(purchase.reference)
        payment = purchase.payment
        return refund_payment(payment=payment, amount=amount or payment.amount, reason="Asked")

    def refund_elsewhere(self, purchase: Purchase, amount: Money | None = None) -> None:
        """Give money back in the provider's back office."""
        self.harness.settle(purchase.reference)
        self.harness.refund(purchase.reference, to_minor_units(amount or purchase.payment.amount))
        self.harness.deliver()

    def remove_card(self, card: CreditCard) -> None:
        delete_card(card=card)
        forget_card(card.pk)

    # The worker, and time ------------------------------------------------------------------------

    def work(self) -> None:
        """Do the jobs about money and cards, until none is left."""
        while True:
            jobs = ProcrastinateJob.objects.filter(status="todo", task_name__in=JOBS)
            job = jobs.exclude(pk__in=self._done).order_by("pk").first()
            if job is None:
                return
            self._done.add(job.pk)
            app.tasks[job.task_name](**job.args)
            self.harness.deliver()

    def let_time_pass(self) -> None:
        """Let the pull ask about what is open, then give up what the provider never had.

        That is some minutes later, or a day where it cannot be asked whether it had it.
        """
        can_find = self.backend.can(Capability.FIND)
        passed = timedelta(minutes=10) if can_find else timedelta(hours=25)
        reconcile_payments(timezone.now() + passed)
        Payment.objects.update(created_on=F("created_on") - passed, pulled_at=None)
        reconcile_payments()

    def compare_lately(self) -> Report:
        """Compare all that changed within a day with what the provider has, as every night."""
        now = timezone.now() + timedelta(hours=1)
        return reconcile_payments(now, since=now - timedelta(days=1))

    def try_inbox_again(self) -> None:
        """Process what was kept, until all that can be is settled."""
        for days in range(1, 4):
            process_due_notifications(timezone.now() + timedelta(days=days))

    # What is here --------------------------------------------------------------------------------

    def books(self) -> list[tuple[Any, ...]]:
        """Give everything that money, or news of it, would change."""
        payments = Payment.objects.order_by("pk")
        return [
            *payments.values_list("pk", "provider_reference", "state", "flag", "failure_code"),
            *Order.objects.order_by("pk").values_list("pk", "state"),
            *Transaction.objects.order_by("pk").values_list("pk", "reference", "total"),
            *Refund.objects.order_by("pk").values_list("pk", "state", "failure"),
            *CreditCard.objects.order_by("pk").values_list("pk", "state"),
        ]

    def replay(self, notification: PaymentNotification, alias: str) -> int:
        """Send what the provider once sent to an account, as it was; give our answer's status."""
        headers = {
            name: value
            for name, value in notification.headers.items()
            if name.lower() not in {"host", "content-length", "connection"}
        }
        query = f"?{notification.query_string}" if notification.query_string else ""
        response = httpx.request(
            notification.method,
            f"{self.notification_url(alias)}{query}",
            content=bytes(notification.body),
            headers=headers,
            trust_env=False,
        )
        return response.status_code

    @contextmanager
    def failing(self, operation: Operation, fault: Fault) -> Iterator[None]:
        """Have the next call of an operation go wrong; one that hangs is not waited for long."""
        self.harness.fail(operation, fault)
        before = dict(self._configured.JOANIE)
        if fault in SILENT:
            self._configured.JOANIE = {**before, "PROVIDER_TIMEOUT": SHORT_TIMEOUT}
        try:
            yield
        finally:
            self._configured.JOANIE = before


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make all calls at the same moment, each with a connection of its own; give what they gave.

    Raises what the first that failed raised.
    """
    barrier = Barrier(len(calls))

    def start(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(start, calls))


def _as_purchase(checkout: Checkout) -> Purchase:
    return Purchase(checkout.order.pk, checkout.payment_info or {})
