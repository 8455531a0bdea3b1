"""Recomputing the whole ledger, and saying where it does not add up."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import CharField, Count, F, Func, Prefetch, Value

from joanie.common.money import Money, zero
from joanie.core.enums import GRANTING_ORDER_STATES, PAYABLE_ORDER_STATES, OrderState
from joanie.core.models import Order
from joanie.payment.enums import (
    InvoiceState,
    PaymentState,
    RefundState,
    TransactionKind,
)
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.money_back import CHARGEBACK_KINDS
from joanie.payment.ledger.vat import contained_vat, credited_vat
from joanie.payment.models import (
    DocumentSequence,
    Payment,
    ProformaInvoice,
    Refund,
    Transaction,
)

CHUNK = 500


@dataclass(frozen=True)
class Discrepancy:
    """``subject`` is a reference that staff can search for."""

    subject: str
    problem: str


def verify_ledger() -> Iterator[Discrepancy]:
    """Recompute every document, transaction, payment and refund. Reads only, in bounded memory."""
    for invoice in _main_invoices():
        yield from _verify_invoice(invoice)
    yield from _verify_payments()
    yield from _verify_refunds()
    yield from _verify_unpaid_access()
    yield from _verify_numbers()


def _main_invoices() -> Iterator[ProformaInvoice]:
    transactions = Prefetch("transactions", Transaction.objects.order_by("created_on"))
    return (
        ProformaInvoice.objects.main()
        .select_related("order")
        .prefetch_related(
            transactions,
            Prefetch(
                "children",
                ProformaInvoice.objects.order_by("created_on").prefetch_related(transactions),
            ),
        )
        .order_by("pk")
        .iterator(chunk_size=CHUNK)
    )


def _verify_invoice(invoice: ProformaInvoice) -> Iterator[Discrepancy]:
    family = [invoice, *invoice.children.all()]
    currency = invoice.order.total.currency
    lines = [line for document in family for line in document.transactions.all()]
    if invoice.total != invoice.order.total:
        yield Discrepancy(
            invoice.reference, f"says {invoice.total}, the order {invoice.order.total}"
        )
    for document in family:
        if document.total.currency != currency:
            yield Discrepancy(document.reference, f"is not in {currency}")
            return
        if document.order_id != invoice.order_id:
            yield Discrepancy(document.reference, "belongs to another order than its invoice")
        if document.vat_rate != invoice.order.vat_rate:
            yield Discrepancy(
                document.reference,
                f"is at {document.vat_rate} %, the order at {invoice.order.vat_rate} %",
            )
    yield from _verify_vat(invoice, family[1:])
    for line in lines:
        if line.is_suspense == (line.total.currency == currency):
            yield Discrepancy(line.reference, f"{line.total} is on the wrong side of suspense")
    balance = Balance(
        invoiced=invoice.total.amount,
        corrected=sum((child.total.amount for child in family[1:]), Decimal(0)),
        moved=sum((line.total.amount for line in lines if not line.is_suspense), Decimal(0)),
    )
    yield from _verify_balance(invoice, balance)
    yield from _verify_givers(lines)


def _verify_vat(
    invoice: ProformaInvoice, corrections: list[ProformaInvoice]
) -> Iterator[Discrepancy]:
    """Issue them again, one after the other: the VAT of one depends on those before it."""
    expected = {invoice: contained_vat(invoice.total, invoice.vat_rate)}
    left, vat_left = invoice.total, expected[invoice]
    credited: dict[str | None, Money] = {}
    for document in corrections:
        refund_ids = {str(line.refund_id) for line in document.transactions.all()}
        if document.is_credit_note:
            vat = -credited_vat(-document.total, document.vat_rate, left=left, vat_left=vat_left)
            credited |= dict.fromkeys({document.reference, *refund_ids}, vat)
        else:
            # The first documents do not say which credit note they take back: their lines do.
            names = [document.content.get("takes_back"), *refund_ids]
            taken_back = [credited[each] for each in names if each in credited]
            vat = -taken_back[0] if taken_back else zero(document.total.currency)
        expected[document] = vat
        left, vat_left = left + document.total, vat_left + vat
    for document, vat in expected.items():
        if document.vat != vat:
            yield Discrepancy(document.reference, f"says {document.vat} of VAT, not {vat}")


def _verify_balance(invoice: ProformaInvoice, balance: Balance) -> Iterator[Discrepancy]:
    if balance.due < 0:
        yield Discrepancy(invoice.reference, "credit notes exceed the invoice")
    if invoice.state != balance.state:
        yield Discrepancy(
            invoice.reference, f"is {invoice.state}, the ledger says {balance.state}"
        )
    is_paid = balance.state in {InvoiceState.PAID, InvoiceState.PARTIALLY_REFUNDED}
    order = invoice.order
    if order.state in GRANTING_ORDER_STATES and not is_paid:
        yield Discrepancy(str(order), "gives access, and is not paid")
    if order.state in PAYABLE_ORDER_STATES and is_paid:
        yield Discrepancy(str(order), "is paid, and gives no access")
    is_flagged = order.payments.exclude(flag="").exists()
    if order.state == OrderState.REFUNDED and balance.due > 0 and not is_flagged:
        yield Discrepancy(str(order), "is refunded, and its invoice is not")


def _verify_givers(lines: list[Transaction]) -> Iterator[Discrepancy]:
    """Find the payments of which more was refunded than came. A bank may take back more."""
    left: dict[uuid.UUID, Money] = {}
    for line in lines:
        if line.kind not in CHARGEBACK_KINDS:
            before = left.get(line.payment_id, zero(line.total.currency))
            if before.currency != line.total.currency:
                yield Discrepancy(line.reference, f"is not in {before.currency}, as its payment")
                return
            left[line.payment_id] = before + line.total
    came = {line.payment_id: line for line in lines if line.kind == TransactionKind.PAYMENT}
    for payment_id, money in left.items():
        if money.amount < 0:
            subject = came[payment_id].reference if payment_id in came else str(payment_id)
            yield Discrepancy(subject, "more went back than came")


def _verify_payments() -> Iterator[Discrepancy]:
    booked = Transaction.objects.filter(kind=TransactionKind.PAYMENT).values("payment")
    arrived = Payment.objects.filter(state__in=(PaymentState.SUCCEEDED, PaymentState.REVERSED))
    for payment in arrived.exclude(pk__in=booked).iterator(chunk_size=CHUNK):
        yield Discrepancy(str(payment), "succeeded, and no transaction says so")
    for payment in (
        Payment.objects.filter(pk__in=booked)
        .exclude(state__in=(PaymentState.SUCCEEDED, PaymentState.REVERSED))
        .iterator(chunk_size=CHUNK)
    ):
        yield Discrepancy(str(payment), "has a transaction, and did not succeed")


def _verify_refunds() -> Iterator[Discrepancy]:
    refunds = Refund.objects.prefetch_related("transactions").order_by("pk")
    for refund in refunds.iterator(chunk_size=CHUNK):
        moved = sum((line.total.amount for line in refund.transactions.all()), Decimal(0))
        is_given = refund.state == RefundState.SUCCEEDED
        expected = -refund.amount.amount if is_given else Decimal(0)
        if moved != expected:
            yield Discrepancy(str(refund), f"its transactions add up to {moved}, not {expected}")
        kinds = {line.kind for line in refund.transactions.all()}
        if kinds and refund.is_chargeback != kinds.issubset(CHARGEBACK_KINDS):
            yield Discrepancy(str(refund), f"is booked as {', '.join(sorted(kinds))}")


def _verify_unpaid_access() -> Iterator[Discrepancy]:
    unpaid = Order.objects.granting_access().filter(total__gt=0, proforma_invoices=None)
    for order in unpaid.iterator(chunk_size=CHUNK):
        yield Discrepancy(str(order), "gives access, and has no invoice")


def _verify_numbers() -> Iterator[Discrepancy]:
    """Find the series that lack a document: every number that was given is on one."""
    series = Func(
        F("reference"),
        Value("-[0-9]+$"),
        Value(""),
        function="regexp_replace",
        output_field=CharField(),
    )
    counts = (
        ProformaInvoice.objects.annotate(series=series)
        .order_by()
        .values("series")
        .annotate(count=Count("pk"))
    )
    documents = dict(counts.values_list("series", "count"))
    for sequence in DocumentSequence.objects.order_by("series"):
        found = documents.get(sequence.series, 0)
        if found != sequence.last_number:
            yield Discrepancy(
                sequence.series,
                f"{sequence.last_number} numbers were given, {found} documents have one",
            )
