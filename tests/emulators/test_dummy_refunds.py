import pytest
from tests.emulators.merchant import Merchant, error, success
from tests.emulators.receiver import Receiver


def test_a_part_then_the_rest_is_given_back(merchant: Merchant) -> None:
    payment = merchant.paid_payment(amount=1000)

    part = merchant.post_refund(payment, 300, reference="refund-1")
    rest = merchant.post_refund(payment, 700, reference="refund-2")

    assert part.status_code == 201
    assert part.json()["status"] == "succeeded"
    assert (part.json()["payment"], part.json()["reference"]) == (payment["id"], "refund-1")
    refunded = merchant.retrieve(payment)
    assert (refunded["status"], refunded["amount_refunded"]) == ("succeeded", 1000)
    assert refunded["refunds"] == [part.json(), rest.json()]


def test_a_refund_is_told_with_its_payment(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.paid_payment()
    receiver.wait_for(1)

    refund = success(merchant.post_refund(payment, 300))

    notification = receiver.wait_for(2)[1]
    assert notification.type == "refund.succeeded"
    assert notification.event["data"]["refund"] == refund
    assert notification.payment == merchant.retrieve(payment)


def test_more_than_was_paid_is_not_given_back(merchant: Merchant) -> None:
    payment = merchant.paid_payment(amount=1000)
    merchant.post_refund(payment, 600)

    response = merchant.post_refund(payment, 401)

    assert response.status_code == 409
    assert error(response)["code"] == "refund_too_large"


def test_what_was_not_paid_is_not_given_back(merchant: Merchant) -> None:
    response = merchant.post_refund(merchant.create_payment(), 1)

    assert response.status_code == 409
    assert error(response)["code"] == "payment_not_paid"


@pytest.mark.parametrize("body", [{"reference": "r"}, {"amount": 0, "reference": "r"}])
def test_a_refund_names_its_amount(merchant: Merchant, body: dict[str, object]) -> None:
    payment = merchant.paid_payment()

    response = merchant.http.post(f"/v1/payments/{payment['id']}/refunds", json=body)

    assert error(response)["param"] == "amount"


@pytest.mark.parametrize(("status", "code"), [("pending", None), ("failed", "processing_error")])
def test_a_refund_may_wait_or_fail_when_told(
    merchant: Merchant, receiver: Receiver, status: str, code: str | None
) -> None:
    merchant.instruct(refunds=status)
    payment = merchant.paid_payment()
    receiver.wait_for(1)

    refund = success(merchant.post_refund(payment, 300))

    assert (refund["status"], refund["failure_code"]) == (status, code)
    assert merchant.retrieve(payment)["amount_refunded"] == 0
    assert receiver.wait_for(2)[1].type == f"refund.{status}"


def test_a_pending_refund_counts_as_given(merchant: Merchant) -> None:
    merchant.instruct(refunds="pending")
    payment = merchant.paid_payment(amount=1000)
    merchant.post_refund(payment, 600)

    assert error(merchant.post_refund(payment, 500))["code"] == "refund_too_large"


def test_a_failed_refund_can_be_tried_again(merchant: Merchant) -> None:
    merchant.instruct(refunds="failed")
    payment = merchant.paid_payment(amount=1000)
    merchant.post_refund(payment, 1000)
    merchant.instruct()

    assert success(merchant.post_refund(payment, 1000))["status"] == "succeeded"
