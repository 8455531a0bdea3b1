import pytest
from tests.emulators.merchant import Merchant, success
from tests.emulators.receiver import Receiver


def test_the_dashboard_lists_the_newest_payment_first(merchant: Merchant) -> None:
    older = merchant.create_payment(amount=100)
    newer = merchant.paid_payment(amount=2500)

    page = merchant.http.get("/").text

    assert page.index(newer["id"]) < page.index(older["id"])
    assert "€25.00" in page
    assert "Visa ···· 4242" in page


def test_an_empty_dashboard_says_what_to_do(merchant: Merchant) -> None:
    assert "Buy something in the shop" in merchant.http.get("/").text


def test_a_refund_from_the_dashboard_is_told_without_a_reference(
    merchant: Merchant, receiver: Receiver
) -> None:
    merchant.instruct(refunds="pending")
    payment = merchant.paid_payment()
    receiver.wait_for(1)

    response = merchant.http.post(
        f"/dashboard/payments/{payment['id']}/refund", data={"amount": "500"}
    )

    assert (response.status_code, response.headers["Location"]) == (303, f"/#{payment['id']}")
    notification = receiver.wait_for(2)[1]
    assert notification.type == "refund.succeeded"
    refund = notification.event["data"]["refund"]
    assert (refund["amount"], refund["reference"]) == (500, None)


@pytest.mark.parametrize(
    ("amount", "status"), [("", 400), ("0", 400), ("5.5", 400), ("99999", 409)]
)
def test_a_refund_that_makes_no_sense_is_refused(
    merchant: Merchant, amount: str, status: int
) -> None:
    payment = merchant.paid_payment()

    response = merchant.http.post(
        f"/dashboard/payments/{payment['id']}/refund", data={"amount": amount}
    )

    assert response.status_code == status
    assert "Not possible" in response.text
    assert merchant.retrieve(payment)["refunds"] == []


@pytest.mark.parametrize(("status", "code"), [("succeeded", None), ("failed", "declined")])
def test_a_processing_payment_is_completed(
    merchant: Merchant, status: str, code: str | None
) -> None:
    payment = merchant.create_payment()
    merchant.choose(payment, "slow")

    merchant.http.post(f"/dashboard/payments/{payment['id']}/complete", data={"status": status})

    completed = merchant.retrieve(payment)
    assert (completed["status"], completed["failure_code"]) == (status, code)


def test_an_open_payment_expires(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.create_payment()

    merchant.http.post(f"/dashboard/payments/{payment['id']}/expire")

    assert merchant.retrieve(payment)["status"] == "expired"
    assert receiver.wait_for()[0].type == "payment.expired"


@pytest.mark.parametrize("action", ["expire", "complete"])
def test_a_paid_payment_neither_expires_nor_completes(merchant: Merchant, action: str) -> None:
    payment = merchant.paid_payment()

    response = merchant.http.post(
        f"/dashboard/payments/{payment['id']}/{action}", data={"status": "failed"}
    )

    assert response.status_code == 409
    assert merchant.retrieve(payment) == payment


def test_a_refund_that_had_succeeded_fails_later(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.paid_payment()
    refund = success(merchant.post_refund(payment, 500))
    receiver.wait_for(2)

    merchant.http.post(f"/dashboard/refunds/{refund['id']}/settle", data={"status": "failed"})

    assert receiver.wait_for(3)[2].type == "refund.failed"
    assert merchant.retrieve(payment)["amount_refunded"] == 0


def test_a_failed_refund_does_not_come_back(merchant: Merchant) -> None:
    merchant.instruct(refunds="failed")
    refund = success(merchant.post_refund(merchant.paid_payment(), 500))

    response = merchant.http.post(
        f"/dashboard/refunds/{refund['id']}/settle", data={"status": "succeeded"}
    )

    assert response.status_code == 409


@pytest.mark.parametrize(
    "path",
    ["payments/pay_unknown/refund", "payments/pay_unknown/expire", "refunds/re_unknown/settle"],
)
def test_an_unknown_id_is_not_found(merchant: Merchant, path: str) -> None:
    form = {"amount": "1", "status": "failed"}

    assert merchant.http.post(f"/dashboard/{path}", data=form).status_code == 404
