"""The command that recomputes the ledger finds whatever somebody did to it."""

import re

import pytest
from django.core.management import CommandError, call_command
from tests.common.sql import execute, without_triggers
from tests.payment.ledger.books import give_back, pay, take_back

from joanie.common.money import Money
from joanie.core.factories import OrderFactory, ProductFactory
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory, ProformaInvoiceFactory
from joanie.payment.models import Payment, ProformaInvoice, Refund, Transaction

pytestmark = pytest.mark.django_db

# What is written behind the ledger's back, and what the command says about it.
INVOICE = "UPDATE joanie_payment_proformainvoice SET"
MAIN, NOTE = "WHERE parent_id IS NULL", "WHERE parent_id IS NOT NULL"
LINE, PAID, BACK = "UPDATE joanie_payment_transaction SET", "WHERE total > 0", "WHERE total < 0"
ORDER, PAYMENT = "UPDATE joanie_core_order SET", "UPDATE joanie_payment_payment SET"
REFUND = "UPDATE joanie_payment_refund SET"
CORRUPTIONS = [
    (f"{INVOICE} total = 120.01, vat_amount = 20.00 {MAIN}", "says .*120.01, the order .*120.00"),
    (f"{INVOICE} vat_amount = 20.01 {MAIN}", "says .*20.01 of VAT, not .*20.00"),
    (f"{INVOICE} vat_amount = -3.34 {NOTE}", "says .*3.34 of VAT, not .*3.33"),
    (f"{INVOICE} vat_rate = 10, vat_amount = 10.91 {MAIN}", "at 10.00 %, the order at 20.00 %"),
    (f"{INVOICE} total_currency = 'USD' {NOTE}", "is not in EUR"),
    (f"{INVOICE} total = -120.01, vat_amount = -20.00 {NOTE}", "credit notes exceed the invoice"),
    (f"{INVOICE} total = -19.99, vat_amount = -3.33 {NOTE}", "the ledger says unpaid"),
    (f"{INVOICE} state = 'paid' {MAIN}", "is paid, the ledger says partially_refunded"),
    (f"{INVOICE} state = 'refunded' {MAIN}", "is refunded, the ledger says partially_refunded"),
    (f"{INVOICE} reference = 'PF-ELSEWHERE' {NOTE}", "1 numbers were given, 0 documents"),
    (f"{LINE} is_suspense = true {PAID}", "pay_1: .*120.00 is on the wrong side of suspense"),
    (f"{LINE} total_currency = 'USD' {PAID}", "pay_1: .*120.00 is on the wrong side of suspense"),
    (f"{LINE} total = 119.99 {PAID}", "the ledger says unpaid"),
    (f"{LINE} total = -120.01 {BACK}", "more went back than came"),
    (f"{LINE} kind = 'chargeback' {BACK}", "is booked as chargeback"),
    (f"{REFUND} origin = 'bank'", "is booked as refund"),
    (f"{LINE} total = -19.99 {BACK}", "its transactions add up to -19.990, not -20.000"),
    (f"{ORDER} state = 'pending'", "is paid, and gives no access"),
    (f"{ORDER} state = 'failed'", "is paid, and gives no access"),
    (f"{ORDER} state = 'refunded'", "is refunded, and its invoice is not"),
    (f"{PAYMENT} state = 'failed'", "pay_1 .*has a transaction, and did not succeed"),
    (f"{PAYMENT} state = 'pending'", "pay_1 .*has a transaction, and did not succeed"),
    (f"{REFUND} state = 'failed'", "its transactions add up to -20.000, not 0"),
    (f"{REFUND} state = 'requested'", "its transactions add up to -20.000, not 0"),
    (f"{REFUND} amount = 20.01", "its transactions add up to -20.000, not -20.010"),
    ("DELETE FROM joanie_payment_transaction WHERE total > 0", "no transaction says so"),
    ("DELETE FROM joanie_payment_transaction WHERE total < 0", "add up to 0, not -20.000"),
]


@pytest.fixture
def partly_refunded() -> Order:
    order: Order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    give_back(order, "20.00")
    return order


def _verify(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(CommandError, match=r"The ledger does not add up: [0-9]+ discrepanc"):
        call_command("verify_ledger")
    return capsys.readouterr().err


def test_an_empty_ledger_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_ledger")
    assert "0 documents, 0 transactions" in capsys.readouterr().out


@pytest.mark.parametrize(
    "price", [Money("120.00", "EUR"), Money("15000", "JPY"), Money("12.345", "KWD")], ids=str
)
def test_what_the_ledger_books_adds_up(price: Money, capsys: pytest.CaptureFixture[str]) -> None:
    orders = OrderFactory.create_batch(6, total=price)
    unpaid, paid, excess, partly, refunded, reinstated = orders
    pay(unpaid, price.amount - 1, "pay_1")
    pay(unpaid, "500", "pay_0", currency="USD")
    pay(paid, reference="pay_2")
    pay(excess, price.amount + 1, "pay_3")
    for number, order in enumerate([partly, refunded, reinstated]):
        pay(order, reference=f"pay_{number + 4}")
    give_back(partly, 1, "re_1")
    give_back(refunded, reference="re_2")
    give_back(reinstated, reference="re_3")
    take_back(reinstated, "re_3")
    OrderFactory(product=ProductFactory(price=Money(0, "EUR")), state="validated")
    call_command("verify_ledger")
    assert "10 documents, 11 transactions" in capsys.readouterr().out


@pytest.mark.parametrize(("statement", "problem"), CORRUPTIONS)
def test_what_was_changed_behind_its_back_is_named(
    statement: str, problem: str, partly_refunded: Order, capsys: pytest.CaptureFixture[str]
) -> None:
    table = next(word for word in statement.split() if word.startswith("joanie_"))
    models = [Order, Payment, ProformaInvoice, Refund, Transaction]
    model = next(each for each in models if each._meta.db_table == table)
    with without_triggers(model):
        execute(statement)
    assert re.search(problem, _verify(capsys))


@pytest.mark.parametrize("state", ["validated", "refunding"])
def test_access_without_money_is_named(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    without_invoice = OrderFactory(state=state)
    unpaid = ProformaInvoiceFactory(order__state=state).order
    said = _verify(capsys)
    assert f"{without_invoice}: gives access, and has no invoice" in said
    assert f"{unpaid}: gives access, and is not paid" in said


def test_a_credit_note_of_another_order_is_named(
    partly_refunded: Order, capsys: pytest.CaptureFixture[str]
) -> None:
    with without_triggers(ProformaInvoice):
        ProformaInvoice.objects.exclude(parent=None).update(order=OrderFactory())
    assert "belongs to another order than its invoice" in _verify(capsys)
