"""What a learner's bank takes back, told by the provider or found by asking it."""

from itertools import permutations

import pytest
from tests.concurrency import at_once
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import Money
from joanie.core.factories import CourseRunFactory, ProductFactory
from joanie.core.models import Enrollment, Order
from joanie.core.services.access import update_access
from joanie.payment.exceptions import PaymentNotSettled, RefundTooLarge
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Payment, PaymentNotification, Refund
from joanie.payment.services.intake import process_notification
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.refunds import refund_payment, refund_unusable_money, submit_refund
from joanie.payment.services.review import settle_flag


@pytest.fixture
def payment(shop: Shop, provider: Provider) -> Payment:
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    return last_payment(checkout.order)


def states(payment: Payment) -> tuple[str, str, str]:
    """Give those of the order and of the payment, and the payment's flag."""
    row = Payment.objects.select_related("order").get(pk=payment.pk)
    return row.order.state, row.state, row.flag


def test_a_dispute_takes_access_and_is_shown_until_it_is_decided(
    payment: Payment, provider: Provider
) -> None:
    dispute = provider.dispute(payment.provider_reference)
    provider.deliver()
    assert states(payment) == ("refunded", "succeeded", "disputed")
    with pytest.raises(PaymentNotSettled, match="not decided"):
        settle_flag(payment)
    provider.decide(dispute, "lost")
    provider.deliver()
    assert states(payment) == ("refunded", "reversed", "")
    assert Refund.objects.get().transactions.count() == 1


def test_a_dispute_that_was_won_gives_access_again(payment: Payment, provider: Provider) -> None:
    dispute = provider.dispute(payment.provider_reference)
    provider.decide(dispute, "won")
    provider.deliver()
    assert states(payment) == ("validated", "succeeded", "")
    assert [*verify_ledger()] == []


@pytest.mark.parametrize("price", [Money(15000, "JPY"), Money("12.345", "KWD")], ids=str)
@pytest.mark.parametrize(("end", "state"), [("won", "validated"), ("lost", "refunded")])
def test_a_dispute_in_any_currency_is_booked(
    shop: Shop, provider: Provider, price: Money, end: str, state: str
) -> None:
    shop.product = ProductFactory(price=price)
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.decide(provider.dispute(checkout.payment_info["payment_id"]), end)
    provider.deliver()
    for waiting in PaymentNotification.objects.filter(state="failed"):
        process_notification(waiting)
    assert fresh(checkout.order).state == state
    assert Refund.objects.get().amount == price
    assert [*verify_ledger()] == []


@pytest.mark.parametrize("arrival", [*permutations(range(3))])
@pytest.mark.parametrize(("end", "state"), [("won", "validated"), ("lost", "refunded")])
def test_a_dispute_ends_the_same_in_any_order_of_arrival(
    shop: Shop, provider: Provider, arrival: tuple[int, ...], end: str, state: str
) -> None:
    provider.instruct(notifications={"drop": True})
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.decide(provider.dispute(checkout.payment_info["payment_id"]), end)
    sent = provider.deliver()
    provider.instruct()
    for number in (*arrival, *arrival):
        provider.http.post(f"/control/events/{sent[number]['id']}/resend")
        provider.deliver()
    assert fresh(checkout.order).state == state
    assert not PaymentNotification.objects.exclude(state="processed").exists()
    assert [*verify_ledger()] == []


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("open", ("refunded", "succeeded", "disputed")),
        ("won", ("validated", "succeeded", "")),
        ("lost", ("refunded", "reversed", "")),
    ],
)
def test_disputes_that_nobody_told_of_are_found_by_the_pull(
    deaf_shop: Shop, provider: Provider, end: str, expected: tuple[str, str, str]
) -> None:
    payment = last_payment(deaf_shop.order().order)
    provider.pay(payment.url)
    dispute = provider.dispute(payment.provider_reference)
    if end != "open":
        provider.decide(dispute, end)
    for _ in range(2):
        pull_payment(payment)
    assert states(payment) == expected


def test_a_dispute_told_by_pull_and_notification_at_once_is_booked_once(
    payment: Payment, provider: Provider
) -> None:
    provider.instruct(notifications={"hold": True})
    provider.dispute(payment.provider_reference)
    provider.http.post("/control/release")
    at_once(*[lambda: pull_payment(payment)] * 3)
    provider.deliver()
    assert Refund.objects.get().transactions.count() == 1
    assert states(payment) == ("refunded", "succeeded", "disputed")


def test_what_the_bank_has_cannot_be_asked_back(payment: Payment, provider: Provider) -> None:
    provider.dispute(payment.provider_reference, 10000)
    provider.deliver()
    with pytest.raises(RefundTooLarge):
        refund_payment(payment=payment, amount=Money("20.01", "EUR"), reason="")
    refund = refund_payment(payment=payment, amount=Money(20, "EUR"), reason="")
    assert submit_refund(refund.pk).state == "succeeded"
    assert fresh(payment.order).state == "refunded"


def test_a_refund_that_waits_is_not_made_once_the_bank_was_faster(
    payment: Payment, provider: Provider
) -> None:
    refund = refund_payment(payment=payment, amount=Money(120, "EUR"), reason="")
    provider.dispute(payment.provider_reference)
    provider.deliver()
    provider.fail("refund_payment", "status", status=500)
    submitted = submit_refund(refund.pk)
    assert (submitted.state, submitted.failure) == (
        "failed",
        "The money went back another way meanwhile.",
    )
    assert states(payment) == ("refunded", "succeeded", "disputed")


def test_a_refund_that_was_made_before_the_bank_took_the_money_is_booked(
    payment: Payment, provider: Provider
) -> None:
    provider.instruct(notifications={"drop": True})
    refund = refund_payment(payment=payment, amount=Money(120, "EUR"), reason="")
    provider.http.post(
        f"/v1/payments/{payment.provider_reference}/refunds",
        json={"amount": 12000, "reference": str(refund.pk)},
    )
    provider.instruct()
    provider.dispute(payment.provider_reference)
    provider.deliver()
    assert submit_refund(refund.pk).state == "succeeded"
    assert sum(line.total for line in payment.transactions.all()) == Money(-120, "EUR")
    assert states(payment) == ("refunded", "succeeded", "disputed")
    assert [*verify_ledger()] == []


def test_money_that_went_twice_is_flagged_until_staff_have_seen_it(
    payment: Payment, provider: Provider
) -> None:
    provider.refund_from_dashboard(payment.provider_reference, 12000)
    provider.decide(provider.dispute(payment.provider_reference), "lost")
    provider.deliver()
    assert states(payment) == ("refunded", "reversed", "disputed")
    assert settle_flag(payment)
    pull_payment(payment)
    assert states(payment) == ("refunded", "reversed", "")
    assert refund_unusable_money(payment.order_id) == []


def test_a_dispute_that_was_won_after_the_learner_bought_again_is_refunded(
    shop: Shop, payment: Payment, provider: Provider
) -> None:
    dispute = provider.dispute(payment.provider_reference)
    provider.deliver()
    again = shop.order()
    provider.pay(again.payment_info["url"])
    provider.decide(dispute, "won")
    provider.deliver()
    assert states(payment) == ("refunded", "succeeded", "late")
    (refund,) = refund_unusable_money(payment.order_id)
    assert submit_refund(refund.pk).state == "succeeded"
    assert Order.objects.get(state="validated") == again.order
    assert [*verify_ledger()] == []


def test_access_goes_with_the_last_order_that_gives_it(shop: Shop, provider: Provider) -> None:
    run = CourseRunFactory()
    payments = []
    for _ in range(2):
        shop.product = ProductFactory(target_courses=[run.course])
        checkout = shop.order()
        provider.pay(checkout.payment_info["url"])
        provider.deliver()
        payments.append(last_payment(checkout.order))
    for payment, is_active in zip(payments, (True, False), strict=True):
        update_access(payment.order_id)
        provider.dispute(payment.provider_reference)
        provider.deliver()
        update_access(payment.order_id)
        assert Enrollment.objects.get().is_active == is_active


@pytest.mark.parametrize(
    "overrides", [{"status": "pondered"}, {"amount": -1}, {"currency": "?"}, {"id": None}]
)
def test_a_dispute_that_is_not_understood_is_left_for_the_next_time(
    payment: Payment, provider: Provider, overrides: dict[str, object]
) -> None:
    dispute = {"id": "dp_1", "amount": 12000, "currency": "EUR", "status": "open", **overrides}
    provider.settle(
        payment.provider_reference, status="succeeded", overrides={"disputes": [dispute]}
    )
    with pytest.raises(ProviderProtocolError):
        pull_payment(payment)
    assert states(payment) == ("validated", "succeeded", "")
    assert not Refund.objects.exists()
