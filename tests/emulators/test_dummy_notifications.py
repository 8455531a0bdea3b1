import hashlib
import hmac
import time

import pytest
from tests.emulators.conftest import OTHER_SECRET, SECRET
from tests.emulators.merchant import Merchant, success
from tests.emulators.receiver import Received, Receiver


def signed_at(received: Received, secret: str = SECRET) -> int:
    """Check a signature as a merchant would; gives the moment it was made."""
    moment, _, signature = received.headers["Dummy-Signature"].partition(",")
    at = moment.removeprefix("t=")
    message = f"{at}.".encode() + received.body
    expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    assert signature == f"v1={expected}"
    return int(at)


def test_a_notification_is_signed_now_with_the_accounts_secret(
    merchant: Merchant, other_merchant: Merchant, receiver: Receiver
) -> None:
    merchant.paid_payment()
    first = receiver.wait_for(1)[0]
    other_merchant.paid_payment()
    second = receiver.wait_for(2)[1]

    assert abs(signed_at(first) - time.time()) < 30
    assert abs(signed_at(second, OTHER_SECRET) - time.time()) < 30
    assert first.headers["Content-Type"] == "application/json"


def test_an_event_has_its_own_id_and_time(merchant: Merchant, receiver: Receiver) -> None:
    merchant.paid_payment()

    event = receiver.wait_for()[0].event

    assert event["id"].startswith("evt_")
    assert event["object"] == "event"
    assert abs(event["created"] - time.time()) < 30
    assert set(event["data"]) == {"payment", "refund", "dispute", "card"}


def test_a_refused_notification_is_sent_again_until_it_is_taken(
    merchant: Merchant, receiver: Receiver
) -> None:
    receiver.answer_with(500, 302, 404)

    merchant.paid_payment()

    received = receiver.wait_for(4)
    assert len({each.event["id"] for each in received}) == 1
    log = merchant.notifications()[0]
    assert log["state"] == "delivered"
    assert [attempt["status"] for attempt in log["attempts"]] == [500, 302, 404, 200]


def test_a_notification_is_given_up_after_six_tries(merchant: Merchant) -> None:
    merchant.create_payment()
    payment = merchant.create_payment(notification_url="http://127.0.0.1:9/nobody")

    merchant.choose(payment)

    log = merchant.notifications()[0]
    assert log["state"] == "failed"
    assert len(log["attempts"]) == 6
    assert all("error" in attempt for attempt in log["attempts"])


def test_duplicates_arrive_with_the_same_id(merchant: Merchant, receiver: Receiver) -> None:
    merchant.instruct(notifications={"duplicate": 2})

    merchant.paid_payment()

    received = receiver.wait_for(3)
    assert len({each.body for each in received}) == 1
    assert len(merchant.notifications()[0]["attempts"]) == 3


def test_held_notifications_arrive_in_their_order_when_released(
    merchant: Merchant, receiver: Receiver
) -> None:
    merchant.instruct(notifications={"hold": True})
    payments = [merchant.paid_payment() for _ in range(3)]
    assert receiver.received == []
    assert {each["state"] for each in merchant.notifications()} == {"held"}

    assert success(merchant.http.post("/control/release")) == {"released": 3}

    received = receiver.wait_for(3)
    assert [each.payment["id"] for each in received] == [each["id"] for each in payments]


def test_reordered_notifications_arrive_backwards_when_released(
    merchant: Merchant, receiver: Receiver
) -> None:
    merchant.instruct(notifications={"reorder": True})
    payment = merchant.paid_payment()
    merchant.post_refund(payment, 100)

    merchant.http.post("/control/release")

    types = [each.type for each in receiver.wait_for(2)]
    assert types == ["refund.succeeded", "payment.succeeded"]


@pytest.mark.parametrize(
    ("drop", "states"), [(True, ["dropped"] * 2), (1, ["dropped", "delivered"])]
)
def test_dropped_notifications_never_leave(
    merchant: Merchant, drop: bool | int, states: list[str]
) -> None:
    merchant.instruct(notifications={"drop": drop})

    merchant.paid_payment()
    merchant.paid_payment()

    assert [each["state"] for each in merchant.notifications()] == states


def test_a_delayed_notification_comes_after_the_answer(
    merchant: Merchant, receiver: Receiver
) -> None:
    merchant.instruct(notifications={"delay": 0.2})
    before = time.monotonic()

    merchant.paid_payment()

    receiver.wait_for()
    assert time.monotonic() - before >= 0.2


def test_a_dropped_event_can_be_sent_again(merchant: Merchant, receiver: Receiver) -> None:
    merchant.instruct(notifications={"drop": 1})
    merchant.paid_payment()
    event_id = merchant.notifications()[0]["id"]

    assert merchant.http.post(f"/control/events/{event_id}/resend").status_code == 204

    assert receiver.wait_for()[0].event["id"] == event_id
    assert merchant.http.post("/control/events/evt_unknown/resend").status_code == 404


def test_the_log_says_what_was_sent_where(merchant: Merchant, receiver: Receiver) -> None:
    merchant.paid_payment()

    log = merchant.notifications()[0]

    assert log["url"] == receiver.url
    assert log["type"] == "payment.succeeded"
    assert log["body"].encode() == receiver.received[0].body
    assert log["id"] == receiver.received[0].event["id"]
