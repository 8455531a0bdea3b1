"""What a document says is decided when it is issued."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from tests.payment.ledger.books import give_back, invoice_of, notes_of, pay

from joanie.common.money import Money
from joanie.core.factories import OrderFactory, OrganizationFactory, ProductFactory
from joanie.core.models import Order
from joanie.payment.factories import (
    BillingAddressDictFactory,
    CreditCardFactory,
    PaymentFactory,
)
from joanie.payment.models import ProformaInvoice

pytestmark = pytest.mark.django_db

BUYER = {"first_name", "last_name", "address", "postcode", "city", "country", "email"}


def _order(**details: Any) -> Order:
    order: Order = PaymentFactory(
        provider_reference="pay_1", **{f"order__{name}": value for name, value in details.items()}
    ).order
    return order


def test_an_invoice_names_seller_buyer_and_what_was_bought() -> None:
    order = _order()
    pay(order, card={"brand": "Visa", "last_numbers": "4242"})
    content = invoice_of(order).content
    assert content["seller"]["name"] == order.organization.title
    assert content["seller"]["vat_number"] == order.organization.vat_number
    assert content["buyer"] == {
        **order.payments.get().billing_address,
        "email": order.owner.email,
    }
    (line,) = content["lines"]
    assert (line["title"], line["total"]) == (order.product.title, "120.00")
    assert order.course.code in line["detail"]
    assert content["payment"]["brand"] == "Visa"
    assert content["payment"]["reference"] == "pay_1"
    assert content["order"]["id"] == str(order.pk)


@pytest.mark.parametrize(
    ("price", "vat", "written"),
    [
        (Money("120.00", "EUR"), "20.000", "120.00"),
        (Money("15000", "JPY"), "2500.000", "15000"),
        (Money("12.345", "KWD"), "2.057", "12.345"),
    ],
    ids=str,
)
def test_amounts_are_those_of_the_currency(price: Money, vat: str, written: str) -> None:
    order = _order(total=price)
    pay(order)
    invoice = invoice_of(order)
    assert str(invoice.vat_amount) == vat
    assert invoice.net + invoice.vat == invoice.total == price
    assert invoice.content["lines"][0]["total"] == written


def test_the_rate_is_the_order_s_own() -> None:
    order = _order(vat_rate="5.50")
    pay(order)
    invoice = invoice_of(order)
    assert (str(invoice.vat_rate), str(invoice.vat_amount)) == ("5.50", "6.260")


def test_the_language_is_the_order_s_own() -> None:
    product = ProductFactory(title="A course", title_fr="Un cours")
    order = OrderFactory(product=product, language="fr")
    pay(order)
    invoice = invoice_of(order)
    assert invoice.language == "fr"
    assert invoice.content["lines"][0]["title"] == "Un cours"


def test_the_card_of_one_click_is_named() -> None:
    card = CreditCardFactory(brand="CB", last_numbers="1881")
    order = PaymentFactory(provider_reference="pay_1", credit_card=card).order
    pay(order)
    payment = invoice_of(order).content["payment"]
    assert (payment["brand"], payment["last_numbers"]) == ("CB", "1881")


def test_the_address_that_came_with_the_money_counts_first() -> None:
    order = _order()
    address = BillingAddressDictFactory(city="Lyon")
    pay(order, billing_address=address)
    assert invoice_of(order).content["buyer"]["city"] == "Lyon"


def test_money_without_an_address_is_billed_to_the_address_of_the_last_attempt() -> None:
    order = _order()
    pay(order, reference="pay_2")
    buyer = invoice_of(order).content["buyer"]
    assert buyer == {**order.payments.first().billing_address, "email": order.owner.email}


@pytest.mark.parametrize(
    ("field", "email"),
    [("last_name", "grace@example.org"), ("last_login", ""), ("no_such_field", "")],
)
def test_the_email_is_in_the_field_that_the_hosts_user_model_says(
    monkeypatch: pytest.MonkeyPatch, field: str, email: str
) -> None:
    order = OrderFactory(owner__last_name="grace@example.org")
    monkeypatch.setattr(type(order.owner), "EMAIL_FIELD", field)
    pay(order)
    assert invoice_of(order).content["buyer"]["email"] == email


@pytest.mark.parametrize("address", [None, {}, {"city": "Lyon"}, {"zip": "69001"}])
def test_a_document_has_every_part_of_an_address(address: dict[str, str] | None) -> None:
    order = OrderFactory()
    pay(order, billing_address=address)
    assert set(invoice_of(order).content["buyer"]) == BUYER


def test_numbers_follow_each_other_by_seller_and_year() -> None:
    seller = OrganizationFactory(code="UNI")
    with time_machine.travel(datetime(2026, 12, 31, 23, 59, tzinfo=UTC), tick=False):
        pay(OrderFactory(organization=seller), reference="pay_1")
        pay(OrderFactory(organization=seller), reference="pay_2")
        pay(OrderFactory(organization=OrganizationFactory(code="OTHER")), reference="pay_3")
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False):
        pay(OrderFactory(organization=seller), reference="pay_4")
    assert set(ProformaInvoice.objects.values_list("reference", flat=True)) == {
        "PF-UNI-2026-000001",
        "PF-UNI-2026-000002",
        "PF-OTHER-2026-000001",
        "PF-UNI-2027-000001",
    }


def test_credit_notes_are_numbered_apart() -> None:
    order = _order(organization=OrganizationFactory(code="UNI"))
    pay(order)
    give_back(order, "1.00", "re_1")
    give_back(order, "1.00", "re_2")
    numbers = [note.reference.rpartition("-")[2] for note in notes_of(order)]
    assert numbers == ["000001", "000002"]
    assert all(note.reference.startswith("CN-UNI-") for note in notes_of(order))
