"""Money that went back, whoever sent it: how it is booked, and how it is undone."""

import logging
import operator
from collections.abc import Iterable
from functools import reduce

from joanie.common.money import InvalidAmount, Money, parse_money, zero
from joanie.core.models import Order
from joanie.payment.enums import PaymentFlag, RefundState, TransactionKind
from joanie.payment.exceptions import RefundPaymentFailed
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.credit_notes import take_back_credit_notes
from joanie.payment.ledger.invoices import issue_credit_note
from joanie.payment.ledger.settlement import settle, unusable_money
from joanie.payment.models import Payment, ProformaInvoice, Refund, Transaction

logger = logging.getLogger(__name__)

CHARGEBACK_KINDS = (TransactionKind.CHARGEBACK, TransactionKind.CHARGEBACK_REVERSAL)


def sum_of(payment: Payment) -> Money:
    """Return what came of a payment and has not gone back, in the currency it came in.

    Negative when the bank took back what had been refunded.
    """
    return _add(payment, payment.transactions.all())


def sum_without_chargebacks(payment: Payment) -> Money:
    """Return what came of a payment and was not refunded, whatever the bank took back."""
    lines = payment.transactions.all()
    return _add(payment, (line for line in lines if line.kind not in CHARGEBACK_KINDS))


def read_money(amount: object, currency: object, told: str | None = None) -> Money:
    """Read an amount in major units. ``told`` is the currency that the provider names, if any.

    Raises RefundPaymentFailed when it is not an amount that can go back.
    """
    if told is not None and told != str(currency):
        raise RefundPaymentFailed(f"{amount} {told} cannot go back of a payment in {currency}")
    try:
        money = parse_money(amount, currency)
    except InvalidAmount as error:
        raise RefundPaymentFailed(str(error)) from error
    if money.amount <= 0:
        raise RefundPaymentFailed(f"{money} cannot be given back")
    return money


def move_back(order: Order, refund: Refund) -> None:
    """Write the transaction, and the credit note for the part that reduces the invoice.

    The refund has succeeded, the order is locked.
    """
    payment = refund.payment
    invoice = ProformaInvoice.objects.main().select_for_update(no_key=True).get(order=order)
    document = invoice
    is_suspense = refund.amount.currency != order.total.currency
    if not is_suspense:
        balance = Balance.of(order)
        credited = balance.credited_by(refund.amount.amount)
        if credited > 0:
            total = Money(credited, order.total.currency)
            document = issue_credit_note(invoice, order, refund, total, balance)
    Transaction.objects.create(
        proforma_invoice=document,
        payment=payment,
        refund=refund,
        backend=payment.backend,
        reference=refund.provider_reference,
        kind=TransactionKind.CHARGEBACK if refund.is_chargeback else TransactionKind.REFUND,
        total=-refund.amount,
        is_suspense=is_suspense,
    )
    settle(order, invoice)
    if refund.is_chargeback or sum_of(payment).amount < 0:
        flag_disputes(payment)


def fail_refund(order: Order, refund: Refund, failure: str) -> None:
    """Fail a refund, take it back when it was booked, and settle what follows.

    The order is locked, and the refund has not failed yet.
    """
    had_succeeded = refund.state == RefundState.SUCCEEDED
    refund.fail()
    refund.failure = failure
    refund.save()
    if had_succeeded:
        _take_back(order, refund)
    invoice = ProformaInvoice.objects.main().get(order=order)
    balance = settle(order, invoice)
    if not had_succeeded:
        return
    flag_disputes(refund.payment)
    if unusable_money(order, balance) > 0:
        # Bought again meanwhile: the order cannot come back, and its money is here.
        Payment.objects.filter(pk=refund.payment_id, flag="").update(flag=PaymentFlag.LATE)


def flag_disputes(payment: Payment) -> None:
    """Flag a payment while a dispute of it is undecided, or when more went back than came.

    Another flag stays: it is looked at already. Call with the order locked.
    """
    row = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    is_disputed = row.refunds.undecided().exists() or sum_of(row).amount < 0
    if is_disputed and not row.flag:
        row.flag = PaymentFlag.DISPUTED
    elif not is_disputed and row.flag == PaymentFlag.DISPUTED:
        row.flag = ""
    else:
        return
    row.save(update_fields=["flag", "updated_on"])


def _add(payment: Payment, lines: Iterable[Transaction]) -> Money:
    totals = [line.total for line in lines]
    currency = totals[0].currency if totals else payment.amount.currency
    return reduce(operator.add, totals, zero(currency))


def _take_back(order: Order, refund: Refund) -> None:
    """Undo the transaction of a refund that failed later, and its credit notes."""
    line = refund.transactions.select_related("proforma_invoice").get(total__lt=0)
    reversal = take_back_credit_notes(order, refund)
    Transaction.objects.create(
        proforma_invoice=reversal or line.proforma_invoice,
        payment=refund.payment,
        refund=refund,
        backend=line.backend,
        reference=f"{line.reference}/reversal",
        kind=(
            TransactionKind.CHARGEBACK_REVERSAL
            if refund.is_chargeback
            else TransactionKind.REFUND_REVERSAL
        ),
        total=-line.total,
        is_suspense=line.is_suspense,
    )
