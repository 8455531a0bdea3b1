"""Giving money back, asked here or made at the provider."""

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.concurrency import at_once
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.common.exceptions import ProviderRejected, ProviderUnavailable
from joanie.common.money import Money
from joanie.core.factories import CourseRunFactory, ProductFactory
from joanie.core.models import Enrollment, Order
from joanie.core.services.access import update_access
from joanie.payment.exceptions import RefundIdReused, RefundTooLarge
from joanie.payment.ledger.refunds import book_refund
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Payment, PaymentNotification, Refund
from joanie.payment.services.abort import abort_order
from joanie.payment.services.forgotten_work import take_up_forgotten_work
from joanie.payment.services.intake import process_notification
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.refunds import (
    refund_payment,
    refund_unusable_money,
    submit_refund,
)


@pytest.fixture
def payment(shop: Shop, provider: Provider) -> Payment:
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    return last_payment(checkout.order)


def age(refund: Refund) -> None:
    """Make it a day old, as in a database that was restored."""
    Refund.objects.filter(pk=refund.pk).update(created_on=timezone.now() - timedelta(days=1))


def euros(amount: str) -> Money:
    return Money(amount, "EUR")


def test_a_full_refund_is_booked_when_the_provider_confirms(
    payment: Payment, provider: Provider
) -> None:
    refund = refund_payment(payment=payment, amount=euros("120"), reason="Course canceled")
    assert Order.objects.get().state == "refunding"
    assert submit_refund(refund.pk).state == "succeeded"
    order = Order.objects.get()
    assert order.state == "refunded"
    credit_note = order.proforma_invoices.get(parent__isnull=False)
    assert credit_note.total == euros("-120")
    assert credit_note.content["reason"] == "Course canceled"
    assert credit_note.parent.state == "refunded"
    assert provider.payment(payment.provider_reference)["amount_refunded"] == 12000


def test_partial_refunds_add_up_and_no_more(payment: Payment) -> None:
    submit_refund(refund_payment(payment=payment, amount=euros("50"), reason="").pk)
    order = Order.objects.get()
    assert order.state == "validated"
    assert order.proforma_invoices.main().get().state == "partially_refunded"
    with pytest.raises(RefundTooLarge):
        refund_payment(payment=payment, amount=euros("70.01"), reason="")
    submit_refund(refund_payment(payment=payment, amount=euros("70"), reason="").pk)
    assert Order.objects.get().state == "refunded"
    assert Refund.objects.count() == 2


@pytest.mark.parametrize(
    ("price", "parts"),
    [
        (Money(15000, "JPY"), ["1", "4999", "10000"]),
        (Money("12.345", "KWD"), ["0.001", "2.344", "10"]),
    ],
    ids=str,
)
def test_parts_are_given_back_until_nothing_is_left(
    shop: Shop, provider: Provider, price: Money, parts: list[str]
) -> None:
    shop.product = ProductFactory(price=price)
    checkout = shop.order()
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    paid, currency = last_payment(checkout.order), price.currency
    for part in parts:
        assert fresh(checkout.order).state == "validated"
        refund = refund_payment(payment=paid, amount=Money(part, currency), reason="")
        submit_refund(refund.pk)
    assert fresh(checkout.order).state == "refunded"
    wire = provider.payment(paid.provider_reference)
    assert wire["amount_refunded"] == wire["amount"]
    with pytest.raises(RefundTooLarge):
        refund_payment(payment=paid, amount=Money(1, currency), reason="")
    assert [*verify_ledger()] == []


def test_a_refund_that_is_confirmed_twice_is_booked_once(
    payment: Payment, provider: Provider
) -> None:
    provider.instruct(notifications={"duplicate": 3})
    refund = refund_payment(payment=payment, amount=euros("20"), reason="")
    submit_refund(refund.pk)
    sent = provider.deliver()[-1]
    provider.http.post(f"/control/events/{sent['id']}/resend")
    provider.deliver()
    pull_payment(payment)
    assert refund.transactions.count() == 1


def test_a_refund_is_confirmed_before_our_call_has_returned(
    payment: Payment, provider: Provider
) -> None:
    refund = refund_payment(payment=payment, amount=euros("20"), reason="")
    provider.fail("refund_payment", "timeout_after", seconds=0.5)
    assert submit_refund(refund.pk).state == "succeeded"
    provider.deliver()
    assert refund.transactions.count() == 1
    assert not PaymentNotification.objects.exclude(state="processed").exists()


def test_a_pending_refund_fails_after_it_had_succeeded(
    payment: Payment, provider: Provider
) -> None:
    provider.instruct(refunds="pending")
    refund = refund_payment(payment=payment, amount=euros("120"), reason="")
    reference = submit_refund(refund.pk).provider_reference
    for status, state in [("succeeded", "refunded"), ("failed", "validated")]:
        provider.http.post(f"/dashboard/refunds/{reference}/settle", data={"status": status})
        provider.deliver()
        assert fresh(payment.order).state == state
    again = refund_payment(payment=payment, amount=euros("120"), reason="")
    provider.instruct()
    assert submit_refund(again.pk).state == "succeeded"
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
    for paid, is_active in zip(payments, (True, False), strict=True):
        update_access(paid.order_id)
        submit_refund(refund_payment(payment=paid, amount=euros("120"), reason="").pk)
        update_access(paid.order_id)
        assert Enrollment.objects.get().is_active == is_active


@pytest.mark.parametrize("amount", ["0", "-1", "120.01"])
def test_an_absurd_refund_is_refused_before_any_call(payment: Payment, amount: str) -> None:
    with pytest.raises(RefundTooLarge):
        refund_payment(payment=payment, amount=euros(amount), reason="")
    assert not Refund.objects.exists()


def test_a_refund_in_another_currency_is_refused(payment: Payment) -> None:
    with pytest.raises(RefundTooLarge):
        refund_payment(payment=payment, amount=Money(10, "JPY"), reason="")


def test_a_refund_that_is_submitted_twice_is_one_refund(
    payment: Payment, provider: Provider
) -> None:
    refund = refund_payment(payment=payment, amount=euros("20"), reason="")
    at_once(lambda: submit_refund(refund.pk), lambda: submit_refund(refund.pk))
    assert provider.payment(payment.provider_reference)["amount_refunded"] == 2000
    assert refund.transactions.count() == 1


def test_two_refunds_of_the_same_money_are_one(payment: Payment) -> None:
    def ask() -> Refund:
        return refund_payment(payment=payment, amount=euros("120"), reason="")

    results = at_once(ask, ask)
    assert sum(isinstance(result, RefundTooLarge) for result in results) == 1
    assert Refund.objects.count() == 1


def test_a_pending_refund_is_booked_by_its_notification(
    payment: Payment, provider: Provider
) -> None:
    provider.instruct(refunds="pending")
    refund = refund_payment(payment=payment, amount=euros("120"), reason="")
    assert submit_refund(refund.pk).state == "pending"
    assert Order.objects.get().state == "refunding"
    provider.http.post(
        f"/dashboard/refunds/{fresh(refund).provider_reference}/settle",
        data={"status": "succeeded"},
    )
    provider.deliver()
    assert fresh(refund).state == "succeeded"
    assert Order.objects.get().state == "refunded"


@pytest.mark.parametrize("instruction", ["failed", "refused"])
def test_a_refund_that_the_provider_refuses_leaves_the_order_as_it_was(
    payment: Payment, provider: Provider, instruction: str
) -> None:
    if instruction == "failed":
        provider.instruct(refunds="failed")
    else:
        provider.fail("refund_payment", "status", status=409)
    refund = refund_payment(payment=payment, amount=euros("120"), reason="")
    assert submit_refund(refund.pk).state == "failed"
    order = Order.objects.get()
    assert (order.state, order.proforma_invoices.get().state) == ("validated", "paid")


def test_a_refund_whose_answer_was_lost_is_made_once(payment: Payment, provider: Provider) -> None:
    refund = refund_payment(payment=payment, amount=euros("120"), reason="")
    provider.fail("refund_payment", "timeout_after", seconds=3)
    with pytest.raises(ProviderUnavailable):
        submit_refund(refund.pk)
    submit_refund(refund.pk)
    provider.deliver()
    assert fresh(refund).state == "succeeded"
    assert refund.transactions.count() == 1
    assert provider.payment(payment.provider_reference)["amount_refunded"] == 12000


def test_a_refund_made_in_the_dashboard_is_booked(payment: Payment, provider: Provider) -> None:
    provider.refund_from_dashboard(payment.provider_reference, 12000)
    provider.deliver()
    refund = Refund.objects.get()
    assert (refund.origin, refund.state) == ("provider", "succeeded")
    assert Order.objects.get().state == "refunded"


def test_a_refund_that_arrives_before_its_payment_waits(shop: Shop, provider: Provider) -> None:
    provider.instruct(notifications={"hold": True})
    checkout = shop.order()
    reference = checkout.payment_info["payment_id"]
    provider.pay(checkout.payment_info["url"])
    provider.refund_from_dashboard(reference, 12000)
    provider.instruct(notifications={"reorder": True})
    provider.http.post("/control/release")
    provider.deliver()
    for waiting in PaymentNotification.objects.filter(state="failed"):
        process_notification(waiting)
    assert Order.objects.get().state == "refunded"
    assert not PaymentNotification.objects.exclude(state="processed").exists()


def test_a_refund_that_fails_after_it_had_succeeded_is_taken_back(
    payment: Payment, provider: Provider
) -> None:
    provider.refund_from_dashboard(payment.provider_reference, 12000)
    provider.deliver()
    refund = Refund.objects.get()
    provider.http.post(
        f"/dashboard/refunds/{refund.provider_reference}/settle", data={"status": "failed"}
    )
    provider.deliver()
    order = Order.objects.get()
    assert (fresh(refund).state, order.state) == ("failed", "validated")
    assert order.proforma_invoices.main().get().state == "paid"
    assert sum(document.total for document in order.proforma_invoices.all()) == order.total


def test_money_that_the_provider_refuses_to_give_back_is_left_to_staff(
    deaf_shop: Shop, provider: Provider
) -> None:
    order = deaf_shop.order().order
    payment = last_payment(order)
    abort_order(order=fresh(order))
    provider.settle(payment.provider_reference, status="succeeded", notify=False)
    pull_payment(payment)
    provider.instruct(refunds="failed")
    (refund,) = refund_unusable_money(order.pk)
    assert submit_refund(refund.pk).state == "failed"
    assert refund_unusable_money(order.pk) == []
    assert fresh(payment).flag == "late"


def jobs(task: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=task, status="todo").count()


def test_a_refund_that_was_never_submitted_is_submitted_again(payment: Payment) -> None:
    refund = refund_payment(payment=payment, amount=euros("10"), reason="")
    take_up_forgotten_work()
    assert jobs("joanie.payment.submit_refund") == 1
    take_up_forgotten_work(timezone.now() + timedelta(days=2))
    assert jobs("joanie.payment.submit_refund") == 2
    submit_refund(refund.pk)
    take_up_forgotten_work(timezone.now() + timedelta(days=2))
    assert jobs("joanie.payment.submit_refund") == 2


def test_a_refund_that_was_made_and_never_answered_is_booked_instead_of_made_again(
    payment: Payment, provider: Provider
) -> None:
    provider.instruct(notifications={"drop": True})
    refund = refund_payment(payment=payment, amount=euros("10"), reason="")
    provider.http.post(
        f"/v1/payments/{payment.provider_reference}/refunds",
        json={"amount": 1000, "reference": str(refund.pk)},
    )
    age(refund)
    assert submit_refund(refund.pk).state == "succeeded"
    assert provider.payment(payment.provider_reference)["amount_refunded"] == 1000


def test_a_refund_that_is_old_and_was_never_made_is_made_once(
    payment: Payment, provider: Provider
) -> None:
    refund = refund_payment(payment=payment, amount=euros("10"), reason="")
    age(refund)
    assert submit_refund(refund.pk).state == "succeeded"
    assert submit_refund(refund.pk).state == "succeeded"
    assert provider.payment(payment.provider_reference)["amount_refunded"] == 1000


def test_an_old_refund_waits_while_another_may_be_it(payment: Payment, provider: Provider) -> None:
    provider.instruct(notifications={"drop": True})
    refund = refund_payment(payment=payment, amount=euros("10"), reason="")
    provider.refund_from_dashboard(payment.provider_reference, 1000)
    age(refund)
    submit_refund(refund.pk)
    assert provider.payment(payment.provider_reference)["amount_refunded"] == 1000


def test_a_refused_refund_does_not_undo_one_from_the_dashboard(
    payment: Payment, provider: Provider
) -> None:
    refund = refund_payment(payment=payment, amount=euros("120"), reason="")
    provider.refund_from_dashboard(payment.provider_reference, 12000)
    provider.deliver()
    assert submit_refund(refund.pk).state == "failed"
    for waiting in PaymentNotification.objects.filter(state="failed"):
        process_notification(waiting)
    assert Order.objects.get().state == "refunded"
    assert Refund.objects.filter(state="succeeded").get().origin == "provider"


def test_two_equal_refunds_keep_their_own_references(payment: Payment, provider: Provider) -> None:
    first, second = (
        refund_payment(payment=payment, amount=euros("50"), reason="") for _ in range(2)
    )
    provider.fail("refund_payment", "reset_after")
    with pytest.raises(ProviderUnavailable):
        submit_refund(second.pk)
    provider.deliver()
    submit_refund(first.pk)
    submit_refund(second.pk)
    assert {fresh(first).state, fresh(second).state} == {"succeeded"}
    assert fresh(first).provider_reference != fresh(second).provider_reference
    assert provider.payment(payment.provider_reference)["amount_refunded"] == 10000


@pytest.mark.parametrize("is_reordered", [False, True])
def test_a_refund_of_the_dashboard_that_fails_ends_the_same_in_any_order(
    payment: Payment, provider: Provider, is_reordered: bool
) -> None:
    provider.instruct(notifications={"hold": True})
    provider.refund_from_dashboard(payment.provider_reference, 12000)
    (refund,) = provider.payment(payment.provider_reference)["refunds"]
    provider.http.post(f"/dashboard/refunds/{refund['id']}/settle", data={"status": "failed"})
    provider.instruct(notifications={"reorder": is_reordered})
    provider.http.post("/control/release")
    provider.deliver()
    order = Order.objects.get()
    assert (order.state, Refund.objects.get().state) == ("validated", "failed")
    assert order.proforma_invoices.main().get().state == "paid"


def test_what_the_provider_gave_back_is_booked_not_what_we_asked(payment: Payment) -> None:
    refund = refund_payment(payment=payment, amount=euros("50"), reason="")
    book_refund(
        order_id=payment.order_id,
        backend="dummy",
        reference="re_less",
        amount=30,
        refund_id=refund.pk,
    )
    assert fresh(refund).amount == euros("30")
    assert refund.transactions.get().total == euros("-30")


def test_a_late_second_payment_goes_back_too_while_everything_is_being_refunded(
    deaf_shop: Shop, provider: Provider
) -> None:
    order = deaf_shop.order().order
    first = last_payment(order)
    provider.fail("cancel_payment", "status", status=500)
    deaf_shop.pay(order)
    second = last_payment(order)
    provider.pay(first.url)
    pull_payment(first)
    refund_payment(payment=fresh(first), amount=euros("120"), reason="")
    provider.pay(second.url)
    pull_payment(second)
    refund_unusable_money(order.pk)
    for refund in Refund.objects.all():
        submit_refund(refund.pk)
    assert fresh(order).state == "refunded"
    given_back = [
        provider.payment(each.provider_reference)["amount_refunded"] for each in (first, second)
    ]
    assert given_back == [12000, 12000]


def test_a_key_that_is_wrong_for_an_hour_fails_no_refund(
    payment: Payment, provider: Provider
) -> None:
    refund = refund_payment(payment=payment, amount=euros("50"), reason="")
    provider.fail("refund_payment", "status", status=401)
    with pytest.raises(ProviderRejected):
        submit_refund(refund.pk)
    assert submit_refund(refund.pk).state == "succeeded"


def test_staff_refund_with_a_command(payment: Payment) -> None:
    out = StringIO()
    call_command("refund_payment", payment.provider_reference, amount="20.50", stdout=out)
    assert Refund.objects.get().amount == euros("20.50")
    assert str(Refund.objects.get().pk) in out.getvalue()
    with pytest.raises(CommandError, match="left"):
        call_command("refund_payment", str(payment.pk), amount="100")
    with pytest.raises(CommandError, match="too fine"):
        call_command("refund_payment", str(payment.pk), amount="1.001")
    with pytest.raises(CommandError, match="0 payments"):
        call_command("refund_payment", "pay_unknown")


def test_a_refund_asked_again_under_its_id_is_the_same(payment: Payment) -> None:
    refund_id = uuid.uuid4()

    def ask(amount: str = "100") -> Refund:
        return refund_payment(
            payment=payment, amount=euros(amount), reason="", refund_id=refund_id
        )

    assert at_once(ask, ask) == [Refund.objects.get(pk=refund_id)] * 2
    with pytest.raises(RefundIdReused):
        ask("50")
    assert submit_refund(refund_id).state == "succeeded"
    assert ask().state == "succeeded"
    assert jobs("joanie.payment.submit_refund") == 1
