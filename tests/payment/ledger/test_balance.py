"""What documents and money add up to, and which state that is."""

from decimal import Decimal

import pytest

from joanie.common.money import Money
from joanie.core.factories import OrderFactory
from joanie.payment.factories import PaymentFactory, ProformaInvoiceFactory, TransactionFactory
from joanie.payment.ledger.balance import Balance

# What the invoice asks for, its corrections, the money that moved: what is due, what is too much.
TABLE = """
    120.00     0.00     0.00   ->   120.00     0.00   unpaid
    120.00     0.00   119.99   ->   120.00     0.00   unpaid
    120.00     0.00   120.00   ->   120.00     0.00   paid
    120.00     0.00   130.00   ->   120.00    10.00   paid
    120.00   -20.00   100.00   ->   100.00     0.00   partially_refunded
    120.00   -20.00   120.00   ->   100.00    20.00   partially_refunded
    120.00   -20.00    99.99   ->   100.00     0.00   unpaid
    120.00  -120.00     0.00   ->     0.00     0.00   refunded
    120.00  -120.00   120.00   ->     0.00   120.00   refunded
    120.00  -120.00    -0.01   ->     0.00     0.00   refunded
      0.00     0.00     0.00   ->     0.00     0.00   paid
      0.00     0.00    50.00   ->     0.00    50.00   paid
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize(
    ("invoiced", "corrected", "moved", "_", "due", "excess", "state"), ROWS, ids=map(str, ROWS)
)
def test_the_state_follows_from_the_sums(
    invoiced: str, corrected: str, moved: str, _: str, due: str, excess: str, state: str
) -> None:
    balance = Balance(Decimal(invoiced), Decimal(corrected), Decimal(moved))
    assert (balance.due, balance.excess) == (Decimal(due), Decimal(excess))
    assert balance.state == state
    assert balance.is_settled == (state != "unpaid")


@pytest.mark.django_db
def test_an_order_without_documents_has_no_sums() -> None:
    assert Balance.of(OrderFactory()) == Balance(Decimal(0), Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("price", "part"),
    [
        (Money("120.00", "EUR"), Money("0.01", "EUR")),
        (Money("15000", "JPY"), Money("1", "JPY")),
        (Money("12.345", "KWD"), Money("0.001", "KWD")),
    ],
    ids=str,
)
@pytest.mark.django_db
def test_the_sums_are_read_to_the_last_unit(price: Money, part: Money) -> None:
    invoice = ProformaInvoiceFactory(order__total=price)
    note = ProformaInvoiceFactory(order=invoice.order, parent=invoice, total=-part)
    TransactionFactory(proforma_invoice=invoice)
    TransactionFactory(proforma_invoice=note, kind="refund", total=-part)
    left = price.amount - part.amount
    assert Balance.of(invoice.order) == Balance(price.amount, -part.amount, left)


@pytest.mark.django_db
def test_suspense_and_other_orders_are_left_out() -> None:
    invoice = ProformaInvoiceFactory()
    TransactionFactory()
    payment = PaymentFactory(order=invoice.order, state="succeeded")
    TransactionFactory(
        proforma_invoice=invoice, payment=payment, total=Money(500, "USD"), is_suspense=True
    )
    assert Balance.of(invoice.order) == Balance(Decimal("120.00"), Decimal(0), Decimal(0))
