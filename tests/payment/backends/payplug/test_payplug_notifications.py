"""Nobody signs PayPlug's notifications: they are a reason to ask, and no more."""

import json
import uuid
from typing import Any

import httpx
import pytest
from tests.payment.backends.payplug.payplug_shop import (
    LIVE_ALIAS,
    LIVE_KEY,
    PayplugPeople,
    PayplugShop,
)
from tests.shop import fresh, last_payment

from joanie.common.exceptions import ProviderUnavailable
from joanie.core.models import Order
from joanie.payment.models import Payment, PaymentNotification, Refund


def paid(reference: str, **changes: Any) -> dict[str, Any]:
    """Say that a payment was made."""
    return {"object": "payment", "id": reference, "is_live": False, "is_paid": True, **changes}


def reason() -> str:
    """Say why the only notification is still there."""
    return PaymentNotification.objects.get(state="failed").last_error


@pytest.fixture
def down(people: PayplugPeople) -> None:
    """Whoever asks PayPlug gets no answer, and leaves a notification that tells of it."""
    people.fail("retrieve_payment", "status", status=503)


def test_a_lie_about_a_payment_books_nothing(shop: PayplugShop, people: PayplugPeople) -> None:
    order = shop.order().order
    assert shop.notify(paid(last_payment(order).provider_reference)) == 200
    assert fresh(order).state == "pending"


def test_a_payment_is_booked_once_however_often_it_is_told(
    shop: PayplugShop, people: PayplugPeople
) -> None:
    people.instruct(notifications={"duplicate": 3})
    checkout = shop.order()
    people.pay(checkout.payment_info["url"])
    assert {each["state"] for each in people.deliver()} == {"delivered"}
    assert fresh(checkout.order).state == "validated"
    assert checkout.order.proforma_invoices.get().transactions.count() == 1


def test_one_that_was_cut_off_is_refused_and_may_come_again(shop: PayplugShop) -> None:
    body = json.dumps(paid(last_payment(shop.order().order).provider_reference)).encode()
    url = f"{shop.base_url}/api/v1.0/payments/notifications/payplug/"
    sent = [httpx.post(url, content=each, trust_env=False) for each in (body[:40], body)]
    assert [each.status_code for each in sent] == [400, 200]
    assert bytes(PaymentNotification.objects.get().body) == body


def test_a_refund_of_the_portal_is_booked(shop: PayplugShop, people: PayplugPeople) -> None:
    checkout = shop.order()
    people.pay(checkout.payment_info["url"])
    people.deliver()
    people.refund_in_portal(checkout.payment_info["payment_id"], 2000)
    people.deliver()
    assert Refund.objects.get().amount.amount == 20


def test_one_about_nothing_of_ours_is_neither_kept_nor_asked_about(
    shop: PayplugShop, down: None
) -> None:
    assert shop.notify(paid("pay_unknown")) == 400
    assert shop.notify(paid("pay_unknown", metadata={"attempt": str(uuid.uuid4())})) == 400
    assert not PaymentNotification.objects.exists()


def test_one_that_may_come_before_our_answer_waits(
    shop: PayplugShop, people: PayplugPeople
) -> None:
    people.fail("create_payment", "reset")
    with pytest.raises(ProviderUnavailable):
        shop.order()
    people.fail("retrieve_payment", "status", status=503)
    assert shop.notify(paid("pay_unknown")) == 202
    assert reason().startswith("RegisterPaymentFailed")


def test_one_that_repeats_our_attempt_makes_up_for_a_lost_answer(
    shop: PayplugShop, people: PayplugPeople
) -> None:
    people.fail("create_payment", "reset_after")
    with pytest.raises(ProviderUnavailable):
        shop.order()
    (wire,) = people.payments()
    people.pay(wire["hosted_payment"]["payment_url"])
    people.deliver()
    assert Order.objects.get().state == "validated"
    assert Payment.objects.get().provider_reference == wire["id"]


@pytest.mark.parametrize("reference_of_wanted", ["", "pay_wanted"])
def test_another_payment_is_not_booked_for_an_attempt_that_it_claims(
    shop: PayplugShop, people: PayplugPeople, reference_of_wanted: str
) -> None:
    bought, wanted = shop.order(), PayplugShop(shop.base_url).order()
    people.pay(bought.payment_info["url"])
    people.deliver()
    Payment.objects.filter(order=bought.order).update(provider_reference="pay_other")
    Payment.objects.filter(order=wanted.order).update(provider_reference=reference_of_wanted)
    claimed = {"attempt": str(last_payment(wanted.order).pk)}
    reference = bought.payment_info["payment_id"]
    assert shop.notify(paid(reference, metadata=claimed)) == 400
    assert fresh(wanted.order).state == "pending"


def test_a_payment_that_payplug_does_not_know_is_not_booked_either(
    shop: PayplugShop, people: PayplugPeople
) -> None:
    payment = last_payment(shop.order().order)
    claimed = {"attempt": str(payment.pk)}
    assert shop.notify(paid("pay_unknown", metadata=claimed)) == 400
    people.http.delete("/control/state")
    assert shop.notify(paid(payment.provider_reference)) == 202
    assert fresh(payment).state == "pending"


@pytest.mark.parametrize("kind", ["installment_plan", "accounting_report"])
def test_what_is_no_payment_is_kept_and_ignored(
    shop: PayplugShop, people: PayplugPeople, kind: str
) -> None:
    assert shop.notify({"object": kind, "id": "../account"}) == 200
    assert PaymentNotification.objects.get().state == "ignored"


def test_the_other_mode_leaves_no_row_and_is_not_asked_about(
    shop: PayplugShop, people: PayplugPeople, caplog: pytest.LogCaptureFixture, down: None
) -> None:
    payment = last_payment(shop.order().order)
    assert shop.notify(paid(payment.provider_reference, is_live=True)) == 400
    assert not PaymentNotification.objects.exists()
    assert "the other mode" in caplog.text
    assert fresh(payment).state == "pending"


def test_a_live_account_hears_of_its_own(shop: PayplugShop, people: PayplugPeople) -> None:
    checkout = shop.order(payment_method=LIVE_ALIAS)
    live = PayplugPeople(people.base_url, LIVE_KEY)
    with live.http:
        live.pay(checkout.payment_info["url"])
        live.deliver()
    assert fresh(checkout.order).state == "validated"


def test_one_account_is_not_told_of_another_s_payment(
    shop: PayplugShop, people: PayplugPeople
) -> None:
    checkout = shop.order()
    people.instruct(notifications={"drop": True})
    people.pay(checkout.payment_info["url"])
    told = paid(checkout.payment_info["payment_id"], is_live=True)
    assert shop.notify(told, alias=LIVE_ALIAS) == 400
    assert fresh(checkout.order).state == "pending"


def test_payplug_being_down_keeps_the_notification(
    shop: PayplugShop, people: PayplugPeople, down: None
) -> None:
    checkout = shop.order()
    people.pay(checkout.payment_info["url"])
    people.deliver()
    assert reason().startswith("ProviderUnavailable")
    assert fresh(checkout.order).state == "pending"
