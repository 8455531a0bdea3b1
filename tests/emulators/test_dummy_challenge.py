import pytest
from tests.emulators.merchant import RETURN_URL, Merchant
from tests.emulators.receiver import Receiver


def challenged_payment(merchant: Merchant) -> dict[str, object]:
    payment = merchant.create_payment()
    response = merchant.choose(payment, "three_d_secure", save_card="on")
    challenged = merchant.retrieve(payment)
    assert (response.status_code, response.headers["Location"]) == (303, challenged["url"])
    return challenged


def test_the_bank_asks_and_nothing_is_paid_yet(merchant: Merchant) -> None:
    payment = challenged_payment(merchant)

    assert payment["status"] == "requires_action"
    assert "3-D Secure" in merchant.http.get(str(payment["url"])).text
    assert merchant.notifications() == []


def test_a_confirmed_challenge_pays_and_saves_the_card(
    merchant: Merchant, receiver: Receiver
) -> None:
    payment = challenged_payment(merchant)

    response = merchant.http.post(str(payment["url"]), data={"action": "confirm"})

    assert (response.status_code, response.headers["Location"]) == (303, RETURN_URL)
    paid = merchant.retrieve(payment)
    assert (paid["status"], paid["card"]["saved"]) == ("succeeded", True)
    assert receiver.wait_for()[0].type == "payment.succeeded"


def test_a_refused_challenge_fails_the_payment(merchant: Merchant, receiver: Receiver) -> None:
    payment = challenged_payment(merchant)

    merchant.http.post(str(payment["url"]), data={"action": "refuse"})

    failed = merchant.retrieve(payment)
    assert (failed["status"], failed["failure_code"]) == ("failed", "authentication_failed")
    assert receiver.wait_for()[0].type == "payment.failed"


def test_a_challenge_is_answered_once(merchant: Merchant) -> None:
    payment = challenged_payment(merchant)
    merchant.http.post(str(payment["url"]), data={"action": "refuse"})

    response = merchant.http.post(str(payment["url"]), data={"action": "confirm"})

    assert response.status_code == 409
    assert merchant.retrieve(payment)["status"] == "failed"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_payment_page_leads_to_the_challenge_that_is_open(
    merchant: Merchant, method: str
) -> None:
    payment = challenged_payment(merchant)

    response = merchant.http.request(method, f"/pay/{payment['id']}")

    assert (response.status_code, response.headers["Location"]) == (303, payment["url"])


def test_a_challenge_that_nobody_asked_for_leads_to_the_page(merchant: Merchant) -> None:
    payment = merchant.create_payment()

    response = merchant.http.get(f"/pay/{payment['id']}/challenge")

    assert response.headers["Location"] == payment["url"]


def test_a_challenge_can_be_canceled_by_the_merchant(merchant: Merchant) -> None:
    payment = challenged_payment(merchant)

    assert merchant.cancel(payment).json()["status"] == "canceled"
    assert merchant.http.post(str(payment["url"]), data={"action": "confirm"}).status_code == 409
