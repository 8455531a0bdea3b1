"""An attempt that failed, and whether the order fails with it."""

import logging

import pytest
from tests.payment.ledger.books import fail, pay, queued, state_of, update

from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.payment.enums import FailureCode
from joanie.payment.factories import CreditCardFactory, PaymentFactory
from joanie.payment.models import CreditCard, Payment

pytestmark = pytest.mark.django_db

OPEN = ["created", "pending", "processing"]
SETTLED = ["succeeded", "failed", "canceled", "expired", "reversed"]


@pytest.mark.parametrize("state", OPEN)
def test_the_failure_of_the_latest_attempt_fails_the_order(state: str) -> None:
    attempt = PaymentFactory(state=state, provider_reference="pay_1")
    failed = fail(attempt.order, code="insufficient_funds")
    assert failed == attempt
    assert failed.settled_at is not None
    assert (failed.state, failed.failure_code) == ("failed", "insufficient_funds")
    assert state_of(attempt.order) == "failed"


def test_the_failure_of_an_earlier_attempt_leaves_the_order_open() -> None:
    first = PaymentFactory(provider_reference="pay_1")
    second = PaymentFactory(provider_reference="pay_2", order=first.order)
    fail(first.order, "pay_1")
    assert (state_of(first), state_of(second)) == ("failed", "pending")
    assert state_of(first.order) == "pending"


def test_an_unmatched_payment_is_nobody_s_latest_attempt() -> None:
    attempt = PaymentFactory(provider_reference="pay_1")
    PaymentFactory(order=attempt.order, is_unmatched=True)
    fail(attempt.order)
    assert state_of(attempt.order) == "failed"


@pytest.mark.parametrize("state", ["canceled", "expired"])
@pytest.mark.parametrize("attempt_state", OPEN)
def test_a_page_that_was_closed_fails_the_order_too(attempt_state: str, state: str) -> None:
    attempt = PaymentFactory(state=attempt_state, provider_reference="pay_1")
    update(attempt.order, state)
    kept = Payment.objects.get()
    assert (kept.state, kept.failure_code) == (state, state)
    assert kept.settled_at is not None
    assert state_of(attempt.order) == "failed"


@pytest.mark.parametrize("state", SETTLED)
def test_a_failure_of_what_is_settled_changes_nothing(state: str) -> None:
    attempt = PaymentFactory(state=state, provider_reference="pay_1", failure_code="canceled")
    assert fail(attempt.order) == attempt
    kept = Payment.objects.get()
    assert (kept.state, kept.failure_code, kept.settled_at) == (state, "canceled", None)
    assert state_of(attempt.order) == "pending"


@pytest.mark.parametrize("state", ["validated", "refunding", "refunded", "canceled"])
def test_only_a_pending_order_fails(state: str) -> None:
    attempt = PaymentFactory(order__state=state, provider_reference="pay_1")
    fail(attempt.order)
    assert state_of(attempt) == "failed"
    assert state_of(attempt.order) == state


def test_a_failure_without_an_id_is_that_of_the_only_open_attempt() -> None:
    attempt = PaymentFactory()
    PaymentFactory(order=attempt.order, state="canceled")
    PaymentFactory(order=attempt.order, backend="other")
    PaymentFactory()
    assert fail(attempt.order, None) == attempt
    assert state_of(attempt) == "failed"


@pytest.mark.parametrize("attempts", [0, 2, 3])
def test_a_failure_without_an_id_says_nothing_of_none_or_several(
    attempts: int, caplog: pytest.LogCaptureFixture
) -> None:
    order = OrderFactory()
    PaymentFactory.create_batch(attempts, order=order)
    assert fail(order, None) is None
    assert not Payment.objects.exclude(state="pending").exists()
    assert state_of(order) == "pending"
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_failure_without_an_id_may_name_the_attempt() -> None:
    first = PaymentFactory()
    PaymentFactory(order=first.order)
    assert fail(first.order, None, attempt_id=first.pk) == first


@pytest.mark.parametrize("code", FailureCode.values)
def test_every_code_of_ours_is_kept(code: str) -> None:
    attempt = PaymentFactory(provider_reference="pay_1")
    fail(attempt.order, code=code)
    assert Payment.objects.get().failure_code == code


@pytest.mark.parametrize("code", ["", "card_declined", "DECLINED", "x" * 500])
def test_a_code_that_is_none_of_ours_is_unknown(code: str) -> None:
    attempt = PaymentFactory(provider_reference="pay_1")
    fail(attempt.order, code=code)
    assert Payment.objects.get().failure_code == "unknown"


def test_a_failure_wins_no_access_and_loses_none() -> None:
    attempt = PaymentFactory(provider_reference="pay_1")
    fail(attempt.order)
    assert queued("joanie.core.update_access") == []


@pytest.mark.parametrize("code", FailureCode.values)
def test_only_a_code_that_is_for_good_revokes_the_card(code: str) -> None:
    card = CreditCardFactory(is_main=True)
    attempt = PaymentFactory(credit_card=card, provider_reference="pay_1")
    fail(attempt.order, code=code)
    is_revoked = code in {"lost_or_stolen", "invalid_card"}
    kept = CreditCard.objects.get()
    assert (kept.state, kept.is_main) == (("revoked", False) if is_revoked else ("active", True))


def test_a_code_that_is_told_later_revokes_the_card_too() -> None:
    attempt = PaymentFactory(credit_card=CreditCardFactory(), provider_reference="pay_1")
    fail(attempt.order, code="unknown")
    fail(attempt.order, code="lost_or_stolen")
    assert CreditCard.objects.get().state == "revoked"


def test_a_failure_that_comes_twice_is_one_failure() -> None:
    attempt = PaymentFactory(provider_reference="pay_1")
    fail(attempt.order, code="expired_card")
    fail(attempt.order, code="declined")
    assert Payment.objects.get().failure_code == "expired_card"


def test_a_failure_may_say_later_why() -> None:
    attempt = PaymentFactory(provider_reference="pay_1")
    fail(attempt.order, code="unknown")
    settled_at = Payment.objects.get().settled_at
    fail(attempt.order, code="expired_card")
    kept = Payment.objects.get()
    assert (kept.failure_code, kept.settled_at) == ("expired_card", settled_at)


def test_a_new_attempt_that_is_open_keeps_the_order_pending() -> None:
    first = PaymentFactory(provider_reference="pay_1")
    fail(first.order)
    order = Order.objects.get()
    order.retry()
    order.save()
    PaymentFactory(order=order, provider_reference="pay_2")
    fail(order, "pay_1")
    assert state_of(order) == "pending"
    pay(order, reference="pay_1")
    assert state_of(order) == "validated"
