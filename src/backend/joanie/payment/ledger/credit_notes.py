"""Which credit notes there have to be: what went back of what had come in full is credited."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from joanie.common.money import Money
from joanie.core.enums import PAYABLE_ORDER_STATES
from joanie.core.models import Order
from joanie.payment.enums import RefundState, TransactionKind
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.invoices import issue_credit_note, issue_reversal
from joanie.payment.models import ProformaInvoice, Refund, Transaction


def credit_what_went_back(order: Order, invoice: ProformaInvoice, balance: Balance) -> Balance:
    """Issue the credit notes that could not be issued when the money went back.

    A part of a short payment that goes back credits nothing; once the rest has come, it does, as
    if it had gone back afterwards. The same when a credit note that stood for another refund was
    taken back. An order that waits for its money, and of which nothing is left here, can still be
    paid in full. The order must be locked; returns the balance then.
    """
    can_be_paid_anew = order.state in PAYABLE_ORDER_STATES and balance.moved <= 0
    if can_be_paid_anew or balance.invoiced > _what_came(order):
        return balance
    missing = balance.due - max(balance.moved, Decimal(0))
    for refund, uncredited in _uncredited(order):
        part = min(missing, uncredited)
        if part > 0:
            issue_credit_note(invoice, order, refund, Money(part, order.total.currency), balance)
            balance, missing = Balance.of(order), missing - part
    return balance


def take_back_credit_notes(order: Order, refund: Refund) -> ProformaInvoice | None:
    """Issue a reversal for each credit note of a refund that failed; return the last of them."""
    reversal = None
    for note in _notes_of(order, refund).select_related("parent"):
        if note.parent is not None:
            reversal = issue_reversal(note, note.parent, order, refund)
    return reversal


def _what_came(order: Order) -> Decimal:
    """Sum what came. To an order that waits, a payment that went back whole brought nothing."""
    payments = (
        Transaction.objects.filter(payment__order=order, is_suspense=False)
        .order_by()
        .values("payment")
        .annotate(came=Sum("total", filter=Q(kind=TransactionKind.PAYMENT)), left=Sum("total"))
    )
    if order.state in PAYABLE_ORDER_STATES:
        payments = payments.filter(left__gt=0)
    return sum(payments.values_list("came", flat=True), Decimal(0))


def _uncredited(order: Order) -> Iterator[tuple[Refund, Decimal]]:
    """Give what went back, the newest first, and how much of it no credit note covers."""
    refunds = Refund.objects.filter(
        payment__order=order,
        state=RefundState.SUCCEEDED,
        amount_currency=str(order.total.currency),
    )
    for refund in refunds.order_by("-created_on"):
        credited = _notes_of(order, refund).aggregate(sum=Sum("total", default=Decimal(0)))
        yield refund, refund.amount.amount + credited["sum"]


def _notes_of(order: Order, refund: Refund) -> QuerySet[ProformaInvoice]:
    """Find them by the line that is on them; one that was issued later has none, and names it."""
    of_refund = Q(pk__in=refund.transactions.values("proforma_invoice"))
    of_refund |= Q(content__refund=str(refund.pk))
    corrections = ProformaInvoice.objects.filter(order=order, parent__isnull=False, total__lt=0)
    return corrections.filter(of_refund).order_by("created_on")
