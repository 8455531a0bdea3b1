"""What staff can do to orders: cancel, give money back."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from tests.admin.staff import hidden_value, page_of, press, read
from tests.concurrency import at_once
from tests.payment.ledger.books import access_changes, pay
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.money import Money
from joanie.core.factories import OrderFactory, ProductFactory
from joanie.core.models import Order
from joanie.payment.exceptions import RefundIdReused
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment, Refund
from joanie.payment.services.refunds import submit_refund


def paid_order(**changes: object) -> Order:
    order = OrderFactory(**changes)
    pay(order)
    return fresh(order)


def refund_form(client: Client, order: Order, **changes: object) -> dict[str, object]:
    page = read(client, page_of(order, "refund"))
    payment = order.payments.order_by("created_on").first()
    assert payment is not None
    form = {"payment": payment.pk, "amount": "", "reason": "Course canceled"}
    return {"refund_id": hidden_value(page, "refund_id"), **form, **changes}


def history(order: Order) -> list[str]:
    return [entry.change_message for entry in LogEntry.objects.filter(object_id=str(order.pk))]


def test_an_order_that_is_not_paid_is_canceled_at_the_provider_too(
    boss: Client, deaf_shop: Shop, provider: Provider
) -> None:
    order = deaf_shop.order().order
    assert "The order is canceled." in press(boss, order, "cancel", reason="Asked by phone")
    assert fresh(order).state == "canceled"
    reference = last_payment(order).provider_reference
    assert provider.payment(reference)["status"] == "canceled"
    assert history(order) == ["Canceled: Asked by phone"]


def test_canceling_twice_is_canceling_once(boss: Client) -> None:
    order = OrderFactory()
    for _ in range(2):
        assert "The order is canceled." in press(boss, order, "cancel", reason="x")
    assert history(order) == ["Canceled: x"]


def test_a_free_order_is_canceled_and_loses_its_access(boss: Client) -> None:
    order = OrderFactory(product=ProductFactory(price=Money(0, "EUR")), state="validated")
    press(boss, order, "cancel", reason="x")
    assert fresh(order).state == "canceled"
    assert access_changes(order) == ["canceled"]


def test_a_paid_order_is_not_canceled(boss: Client) -> None:
    order = paid_order()
    assert page_of(order, "cancel") not in read(boss, page_of(order))
    assert "give its money back instead" in press(boss, order, "cancel", reason="x")
    assert fresh(order).state == "validated"
    assert not history(order)


def test_a_refunded_order_is_not_canceled(boss: Client) -> None:
    order = OrderFactory(state="refunded")
    assert "can no longer be aborted" in press(boss, order, "cancel", reason="x")
    assert fresh(order).state == "refunded"


def test_a_reason_is_asked_for(boss: Client) -> None:
    order = OrderFactory()
    assert "This field is required." in press(boss, order, "cancel")
    assert "one line" in press(boss, order, "cancel", reason="a\u2028b")
    assert fresh(order).state == "pending"


def test_a_provider_that_is_down_is_a_message(
    boss: Client, deaf_shop: Shop, provider: Provider
) -> None:
    order = deaf_shop.order().order
    provider.fail("cancel_payment", "status", status=500)
    assert "does not answer" in press(boss, order, "cancel", reason="x")
    assert fresh(order).state == "pending"


def test_too_late_to_cancel_brings_the_order_up_to_date(
    boss: Client, deaf_shop: Shop, provider: Provider
) -> None:
    checkout = deaf_shop.order()
    provider.pay(checkout.payment_info["url"])
    assert "too late" in press(boss, checkout.order, "cancel", reason="x")
    assert fresh(checkout.order).state == "validated"


def test_everything_is_given_back_unless_an_amount_is_given(boss: Client) -> None:
    order = paid_order()
    page = read(boss, page_of(order, "refund"))
    assert 'value="120.00"' in page
    press(boss, order, "refund", **refund_form(boss, order))
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason) == (Money(120, "EUR"), "Course canceled")
    assert refund.requested_by is not None
    assert refund.requested_by.get_username() == "boss"
    assert fresh(order).state == "refunding"
    assert history(order) == [f"Refund of €120.00 asked for: Course canceled ({refund.pk})"]


def test_the_provider_gives_back_what_staff_asked_for(
    boss: Client, shop: Shop, provider: Provider
) -> None:
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    press(boss, checkout.order, "refund", **refund_form(boss, checkout.order, amount="20.50"))
    submit_refund(Refund.objects.get().pk)
    reference = last_payment(checkout.order).provider_reference
    assert provider.payment(reference)["amount_refunded"] == 2050
    assert "Credit note issued" in read(boss, page_of(checkout.order))


def test_the_same_form_with_another_amount_is_not_taken_for_the_first(boss: Client) -> None:
    order = paid_order()
    form = refund_form(boss, order, amount="50")
    press(boss, order, "refund", **form)
    said = press(boss, order, "refund", **{**form, "amount": "20"})
    assert "asked for already" not in said
    assert RefundIdReused.detail in said
    assert Refund.objects.get().amount.amount == 50


def test_the_same_form_sent_again_asks_for_nothing_more(boss: Client) -> None:
    order = paid_order()
    form = refund_form(boss, order, amount="50")
    press(boss, order, "refund", **form)
    assert "asked for already" in press(boss, order, "refund", **form)
    assert Refund.objects.count() == 1
    assert len(history(order)) == 1
    press(boss, order, "refund", **refund_form(boss, order, amount="50"))
    assert Refund.objects.count() == 2


def test_the_same_form_without_a_number_is_a_message(boss: Client) -> None:
    order = paid_order()
    form = refund_form(boss, order, amount="50")
    press(boss, order, "refund", **form)
    for amount in ("sNaN", "NaN", "x"):
        assert "Enter a number." in press(boss, order, "refund", **{**form, "amount": amount})


@pytest.mark.django_db(transaction=True)
def test_a_double_click_asks_once(boss: Client) -> None:
    order = paid_order()
    form = refund_form(boss, order, amount="50")

    def click() -> object:
        client = Client()
        client.cookies = boss.cookies
        return client.post(page_of(order, "refund"), form).status_code

    assert at_once(click, click) == [302, 302]
    assert Refund.objects.count() == 1
    assert len(history(order)) == 1


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("120.01", "Give back €120.00 at most."),
        ("0", "Enter an amount above zero."),
        ("-5", "Enter an amount above zero."),
        ("1.001", "This currency has no such amount."),
        ("NaN", "Enter a number."),
        ("1e400", "This currency has no such amount."),
        ("x", "Enter a number."),
    ],
)
def test_an_absurd_amount_is_refused(boss: Client, amount: str, message: str) -> None:
    order = paid_order()
    assert message in press(boss, order, "refund", **refund_form(boss, order, amount=amount))
    assert not Refund.objects.exists()


def test_yen_have_no_decimals(boss: Client) -> None:
    order = paid_order(product=ProductFactory(price=Money(500, "JPY")))
    assert 'value="500"' in read(boss, page_of(order, "refund"))
    page = press(boss, order, "refund", **refund_form(boss, order, amount="10.5"))
    assert "This currency has no such amount." in page


def test_the_payment_of_another_order_is_refused(boss: Client) -> None:
    ours, other = paid_order(), OrderFactory()
    pay(other, reference="pay_2")
    theirs = Payment.objects.get(order=other)
    press(boss, ours, "refund", **refund_form(boss, ours, payment=theirs.pk))
    assert not Refund.objects.exists()


def test_an_order_with_nothing_to_give_back_says_so(boss: Client) -> None:
    order = OrderFactory()
    assert page_of(order, "refund") not in read(boss, page_of(order))
    assert "Nothing of this order can be given back" in read(boss, page_of(order, "refund"))
    PaymentFactory(order=order)
    page = press(boss, order, "refund", payment="x", refund_id="x", reason="x")
    assert "Nothing was done" in page
