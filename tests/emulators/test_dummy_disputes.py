"""A learner's bank takes money back, and decides later."""

from pathlib import Path
from typing import Any

import pytest
from tests.emulators.merchant import Merchant, error, success
from tests.emulators.receiver import Receiver

from joanie.emulators.dummy import create_app
from joanie.emulators.kit.serving import run_emulator


def open_dispute(merchant: Merchant, payment: dict[str, Any], **body: Any) -> dict[str, Any]:
    response = merchant.http.post(f"/control/payments/{payment['id']}/disputes", json=body)
    return success(response)


def test_a_dispute_is_told_with_its_payment(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.paid_payment()
    receiver.wait_for(1)

    dispute = open_dispute(merchant, payment)

    assert (dispute["amount"], dispute["status"]) == (12000, "open")
    notification = receiver.wait_for(2)[1]
    assert notification.type == "dispute.open"
    assert notification.event["data"]["dispute"] == dispute
    assert notification.payment["disputes"] == [dispute]


@pytest.mark.parametrize("status", ["won", "lost"])
def test_the_bank_decides(merchant: Merchant, receiver: Receiver, status: str) -> None:
    payment = merchant.paid_payment()
    dispute = open_dispute(merchant, payment, amount=500)
    receiver.wait_for(2)

    merchant.http.post(f"/control/disputes/{dispute['id']}/settle", json={"status": status})

    assert receiver.wait_for(3)[2].type == f"dispute.{status}"
    assert merchant.retrieve(payment)["disputes"] == [{**dispute, "status": status}]


def test_it_is_done_in_the_dashboard_too(merchant: Merchant) -> None:
    payment = merchant.paid_payment()
    merchant.http.post(f"/dashboard/payments/{payment['id']}/dispute", data={"amount": "500"})
    assert "The shop loses" in merchant.http.get("/").text
    (dispute,) = merchant.retrieve(payment)["disputes"]

    merchant.http.post(f"/dashboard/disputes/{dispute['id']}/settle", data={"status": "lost"})

    assert merchant.retrieve(payment)["disputes"][0]["status"] == "lost"


def test_what_the_bank_took_back_is_not_refunded(merchant: Merchant) -> None:
    payment = merchant.paid_payment(amount=1000)
    open_dispute(merchant, payment, amount=400)

    assert error(merchant.post_refund(payment, 601))["code"] == "refund_too_large"
    assert merchant.post_refund(payment, 600).status_code == 201


def test_what_was_refunded_is_taken_back_all_the_same(merchant: Merchant) -> None:
    payment = merchant.paid_payment(amount=1000)
    merchant.post_refund(payment, 1000)

    assert open_dispute(merchant, payment)["amount"] == 1000


def test_no_more_is_disputed_than_was_paid(merchant: Merchant) -> None:
    payment = merchant.paid_payment(amount=1000)
    open_dispute(merchant, payment, amount=600)

    response = merchant.http.post(
        f"/control/payments/{payment['id']}/disputes", json={"amount": 401}
    )

    assert error(response)["code"] == "dispute_too_large"


def test_what_was_not_paid_is_not_disputed(merchant: Merchant) -> None:
    payment = merchant.create_payment()

    response = merchant.http.post(f"/control/payments/{payment['id']}/disputes", json={})

    assert error(response)["code"] == "payment_not_paid"


def test_a_dispute_that_was_won_is_over(merchant: Merchant) -> None:
    dispute = open_dispute(merchant, merchant.paid_payment())
    path = f"/control/disputes/{dispute['id']}/settle"
    merchant.http.post(path, json={"status": "won"})

    assert merchant.http.post(path, json={"status": "lost"}).status_code == 409


def test_the_disputes_of_others_do_not_exist(merchant: Merchant, other_merchant: Merchant) -> None:
    payment = merchant.paid_payment()
    dispute = open_dispute(merchant, payment)
    for path in (f"payments/{payment['id']}/disputes", f"disputes/{dispute['id']}/settle"):
        response = other_merchant.http.post(f"/control/{path}", json={"status": "won"})
        assert response.status_code == 404


def test_disputes_are_remembered(tmp_path: Path, receiver: Receiver) -> None:
    with run_emulator(create_app(["s"], state_file=tmp_path / "state")) as base_url:
        merchant = Merchant(base_url, "s", receiver.url)
        payment = merchant.paid_payment()
        dispute = open_dispute(merchant, payment)
    with run_emulator(create_app(["s"], state_file=tmp_path / "state")) as base_url:
        merchant = Merchant(base_url, "s", receiver.url)
        assert merchant.retrieve(payment)["disputes"] == [dispute]
