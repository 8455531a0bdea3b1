import threading
import time
from typing import Any

import httpx
import pytest
from tests.emulators.merchant import Merchant, error, success
from tests.emulators.receiver import Receiver
from tests.emulators.test_dummy_notifications import signed_at

DEFAULTS = {
    "notifications": {
        "duplicate": 0,
        "delay": 0.0,
        "reorder": False,
        "hold": False,
        "drop": False,
        "shares": {"duplicate": 0.0, "reorder": 0.0, "drop": 0.0, "seed": 0},
    },
    "api": {"fail": []},
    "refunds": "succeeded",
    "processing_seconds": None,
    "clock_is_off": 0,
}


def fail(merchant: Merchant, mode: str, operation: str = "create_payment", **more: Any) -> None:
    merchant.instruct(api={"fail": [{"operation": operation, "mode": mode, **more}]})


def payments_made(merchant: Merchant) -> int:
    found = merchant.http.get("/v1/payments", params={"reference": "attempt-1"})
    return len(success(found)["data"])


def forge(merchant: Merchant, payment: dict[str, Any], **body: Any) -> dict[str, Any]:
    body = {"payment": payment["id"], "type": "payment.succeeded", **body}
    return success(merchant.http.post("/control/forge", json=body))


def test_the_controls_start_with_a_provider_that_behaves(merchant: Merchant) -> None:
    assert success(merchant.http.get("/control")) == DEFAULTS


def test_new_instructions_replace_the_old_ones(merchant: Merchant) -> None:
    merchant.instruct(notifications={"duplicate": 3}, refunds="failed")

    assert merchant.instruct(processing_seconds=2)["processing_seconds"] == 2
    assert success(merchant.http.get("/control")) == {**DEFAULTS, "processing_seconds": 2}


def test_controls_are_reset(merchant: Merchant) -> None:
    fail(merchant, "status", "*")

    assert merchant.http.delete("/control").status_code == 204
    assert success(merchant.http.get("/control")) == DEFAULTS


@pytest.mark.parametrize(
    ("instructions", "param"),
    [
        ({"notification": {}}, "notification"),
        ({"notifications": {"dupe": 1}}, "notifications.dupe"),
        ({"notifications": {"duplicate": -1}}, "notifications.duplicate"),
        ({"notifications": {"shares": {"drop": 2}}}, "notifications.shares.drop"),
        (
            {"notifications": {"shares": {"drop": 0.6, "reorder": 0.6}}},
            "notifications.shares",
        ),
        ({"refunds": "maybe"}, "refunds"),
        ({"api": {"fail": [{"operation": "pay", "mode": "status"}]}}, "api.fail[0].operation"),
        ({"api": {"fail": [{"operation": "*", "mode": "sulk"}]}}, "api.fail[0].mode"),
        ({"api": {"fail": {}}}, "api.fail"),
    ],
)
def test_a_wrong_instruction_is_named_and_changes_nothing(
    merchant: Merchant, instructions: dict[str, Any], param: str
) -> None:
    response = merchant.http.put("/control", json=instructions)

    assert response.status_code == 400
    assert error(response)["param"] == param
    assert success(merchant.http.get("/control")) == DEFAULTS


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "internal_error"),
        (429, "rate_limited"),
        (401, "unauthorized"),
        (503, "internal_error"),
    ],
)
def test_a_call_fails_as_often_as_told(merchant: Merchant, status: int, code: str) -> None:
    fail(merchant, "status", status=status, times=2)

    for _ in range(2):
        response = merchant.post_payment()
        assert (response.status_code, error(response)["code"]) == (status, code)
    assert merchant.post_payment().status_code == 201
    assert payments_made(merchant) == 1


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("retrieve_payment", "GET", "/v1/payments/{}"),
        ("find_payment", "GET", "/v1/payments?reference={}"),
        ("cancel_payment", "POST", "/v1/payments/{}/cancel"),
        ("refund_payment", "POST", "/v1/payments/{}/refunds"),
        ("delete_card", "DELETE", "/v1/cards/{}"),
        ("create_card_setup", "POST", "/v1/card-setups"),
    ],
)
def test_each_operation_fails_by_its_own_name(
    merchant: Merchant, operation: str, method: str, path: str
) -> None:
    payment = merchant.create_payment()
    fail(merchant, "status", operation, status=503)

    assert merchant.http.request(method, path.format(payment["id"])).status_code == 503
    assert merchant.post_payment().status_code == 201


def test_all_operations_fail_at_once(merchant: Merchant) -> None:
    fail(merchant, "status", "*")

    assert merchant.post_payment().status_code == 500
    assert merchant.http.get("/v1/payments/pay_1").status_code == 500
    assert merchant.http.get("/control").status_code == 200


def test_an_answer_can_be_something_else_altogether(merchant: Merchant) -> None:
    fail(merchant, "html")

    response = merchant.post_payment()

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert payments_made(merchant) == 0


@pytest.mark.parametrize(("mode", "made"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_call_that_hangs_has_acted_or_not(merchant: Merchant, mode: str, made: int) -> None:
    fail(merchant, mode, seconds=30, times=1)

    with pytest.raises(httpx.ReadTimeout):
        merchant.http.post("/v1/payments", json=merchant.payment_body(), timeout=0.2)

    assert payments_made(merchant) == made


@pytest.mark.parametrize(("mode", "made"), [("reset", 0), ("reset_after", 1)])
def test_a_call_that_is_hung_up_on_has_acted_or_not(
    merchant: Merchant, mode: str, made: int
) -> None:
    fail(merchant, mode, times=1)

    with pytest.raises(httpx.TransportError):
        merchant.post_payment()

    assert payments_made(merchant) == made


def test_a_late_success_wins_over_a_cancellation(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.create_payment()
    merchant.cancel(payment)
    receiver.wait_for(1)

    settled = merchant.settle(payment, status="succeeded", card="success_mastercard")

    assert (settled["status"], settled["card"]["brand"]) == ("succeeded", "Mastercard")
    assert receiver.wait_for(2)[1].type == "payment.succeeded"


def test_a_payment_is_settled_without_a_word(merchant: Merchant) -> None:
    payment = merchant.create_payment()

    failed = merchant.settle(payment, status="failed", failure_code="limit_exceeded", notify=False)

    assert (failed["status"], failed["failure_code"]) == ("failed", "limit_exceeded")
    assert merchant.notifications() == []


def test_a_payment_can_be_settled_with_something_else_than_was_asked(
    merchant: Merchant, receiver: Receiver
) -> None:
    payment = merchant.create_payment(amount=1000)

    merchant.settle(payment, status="succeeded", overrides={"amount": 400, "currency": "USD"})

    shown = merchant.retrieve(payment)
    assert (shown["amount"], shown["currency"]) == (400, "USD")
    assert receiver.wait_for()[0].payment == shown


def test_settling_needs_a_status_and_a_card_that_exist(merchant: Merchant) -> None:
    path = f"/control/payments/{merchant.create_payment()['id']}/settle"

    assert error(merchant.http.post(path, json={"status": "odd"}))["param"] == "status"
    unknown_card = {"status": "succeeded", "card": "odd"}
    assert error(merchant.http.post(path, json=unknown_card))["param"] == "card"


@pytest.mark.parametrize("signature", ["wrong", "missing"])
def test_a_forged_event_is_not_signed_with_the_secret(
    merchant: Merchant, receiver: Receiver, signature: str
) -> None:
    receiver.answer_with(400)

    answer = forge(merchant, merchant.create_payment(), signature=signature)

    assert answer["status"] == 400
    with pytest.raises((AssertionError, KeyError)):
        signed_at(receiver.received[0])


@pytest.mark.parametrize(("signature", "seconds"), [("old", -3600), ("future", 3600)])
def test_a_replayed_event_is_well_signed_at_another_time(
    merchant: Merchant, receiver: Receiver, signature: str, seconds: int
) -> None:
    forge(merchant, merchant.create_payment(), signature=signature)

    assert abs(signed_at(receiver.received[0]) - time.time() - seconds) < 30


@pytest.mark.parametrize("seconds", [-600, 600])
def test_the_clock_can_be_wrong(merchant: Merchant, receiver: Receiver, seconds: int) -> None:
    merchant.instruct(clock_is_off=seconds)

    merchant.paid_payment()

    assert abs(signed_at(receiver.wait_for()[0]) - time.time() - seconds) < 30


def test_an_answer_can_lie(merchant: Merchant) -> None:
    fail(merchant, "lie", times=1, overrides={"amount": -1})

    told = merchant.create_payment()

    assert (told["amount"], merchant.retrieve(told)["amount"]) == (-1, 12000)


def test_a_well_signed_event_can_lie(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.create_payment()

    answer = forge(merchant, payment, overrides={"amount": 1, "status": "unheard_of"})

    assert answer["status"] == 200
    received = receiver.received[0]
    signed_at(received)
    assert (received.payment["amount"], received.payment["status"]) == (1, "unheard_of")
    assert merchant.retrieve(payment) == payment


def test_a_forged_event_is_sent_once_and_despite_the_controls(
    merchant: Merchant, receiver: Receiver
) -> None:
    merchant.instruct(notifications={"drop": True})
    receiver.answer_with(400)

    forge(merchant, merchant.create_payment(), signature="wrong")

    log = merchant.notifications()[0]
    assert (log["state"], len(log["attempts"])) == ("failed", 1)


def test_the_state_is_forgotten(merchant: Merchant) -> None:
    payment = merchant.paid_payment()
    token = merchant.saved_card()

    assert merchant.http.delete("/control/state").status_code == 204

    assert merchant.http.get(f"/v1/payments/{payment['id']}").status_code == 404
    assert merchant.http.delete(f"/v1/cards/{token}").status_code == 404
    assert merchant.notifications() == []


def test_what_was_held_or_retried_is_forgotten_with_the_state(
    merchant: Merchant, receiver: Receiver
) -> None:
    merchant.instruct(notifications={"hold": True})
    merchant.paid_payment()
    merchant.http.delete("/control/state")

    assert success(merchant.http.post("/control/release")) == {"released": 0}
    assert receiver.received == []


def test_payments_from_many_threads_all_arrive(merchant: Merchant, receiver: Receiver) -> None:
    threads = [threading.Thread(target=merchant.paid_payment) for _ in range(20)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({each.payment["id"] for each in receiver.wait_for(20)}) == 20
