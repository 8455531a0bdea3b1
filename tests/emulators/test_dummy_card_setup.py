from typing import Any

import pytest
from tests.emulators.merchant import CANCEL_URL, RETURN_URL, Merchant, success
from tests.emulators.receiver import Receiver


def create_setup(merchant: Merchant, language: str = "en") -> dict[str, Any]:
    body = {
        "customer": "customer-1",
        "language": language,
        "return_url": RETURN_URL,
        "cancel_url": CANCEL_URL,
        "notification_url": merchant.notification_url,
    }
    return success(merchant.http.post("/v1/card-setups", json=body))


def retrieve_setup(merchant: Merchant, setup: dict[str, Any]) -> dict[str, Any]:
    return success(merchant.http.get(f"/v1/card-setups/{setup['id']}"))


def test_a_card_is_saved_without_a_purchase(merchant: Merchant, receiver: Receiver) -> None:
    setup = create_setup(merchant)
    assert "Nothing is charged now." in merchant.http.get(setup["url"]).text

    response = merchant.http.post(setup["url"], data={"card": "success"})

    assert (response.status_code, response.headers["Location"]) == (303, RETURN_URL)
    card = retrieve_setup(merchant, setup)["card"]
    notification = receiver.wait_for()[0]
    assert notification.type == "card.saved"
    assert notification.event["data"] == {
        "payment": None,
        "refund": None,
        "dispute": None,
        "card": card,
    }
    assert merchant.create_payment(card=card["token"])["status"] == "succeeded"


@pytest.mark.parametrize(
    ("form", "status", "sent_to"),
    [
        ({"card": "declined"}, "failed", RETURN_URL),
        ({"action": "cancel"}, "canceled", CANCEL_URL),
    ],
)
def test_a_setup_may_end_without_a_card(
    merchant: Merchant, form: dict[str, str], status: str, sent_to: str
) -> None:
    setup = create_setup(merchant)

    response = merchant.http.post(setup["url"], data=form)

    assert response.headers["Location"] == sent_to
    assert retrieve_setup(merchant, setup)["status"] == status
    assert merchant.notifications() == []


def test_a_setup_is_answered_once(merchant: Merchant) -> None:
    setup = create_setup(merchant, language="fr")
    merchant.http.post(setup["url"], data={"card": "success"})

    response = merchant.http.post(setup["url"], data={"card": "success"})

    assert response.status_code == 409
    assert "Votre carte est enregistrée." in response.text


def test_a_setup_without_a_choice_shows_the_page_again(merchant: Merchant) -> None:
    response = merchant.http.post(create_setup(merchant)["url"])

    assert response.status_code == 400
    assert "Choose one of the cards." in response.text


def test_another_account_sees_nothing_of_a_setup(
    merchant: Merchant, other_merchant: Merchant
) -> None:
    setup = create_setup(merchant)

    assert other_merchant.http.get(f"/v1/card-setups/{setup['id']}").status_code == 404
