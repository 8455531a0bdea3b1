import pytest
from tests.emulators.merchant import Merchant, error
from tests.emulators.receiver import Receiver

from joanie.emulators.dummy.cards import DECLINES


def test_a_saved_card_pays_at_once(merchant: Merchant, receiver: Receiver) -> None:
    token = merchant.saved_card()

    payment = merchant.create_payment(card=token)

    assert (payment["status"], payment["url"]) == ("succeeded", None)
    assert payment["card"]["token"] == token
    assert receiver.wait_for()[0].payment == payment


@pytest.mark.parametrize("code", DECLINES)
def test_a_saved_card_is_declined_with_the_code_it_stands_for(
    merchant: Merchant, code: str
) -> None:
    payment = merchant.create_payment(card=merchant.saved_card(code))

    assert (payment["status"], payment["failure_code"]) == ("failed", code)


@pytest.mark.parametrize(
    ("card", "code"), [("declined_later", "declined"), ("lost_later", "lost_or_stolen")]
)
def test_a_card_that_paid_on_the_page_may_be_declined_later(
    merchant: Merchant, card: str, code: str
) -> None:
    first = merchant.create_payment()
    merchant.choose(first, card, save_card="on")
    token = merchant.retrieve(first)["card"]["token"]

    assert merchant.create_payment(card=token)["failure_code"] == code


@pytest.mark.parametrize(("card", "amount"), [("three_d_secure", 500), ("success", 100_003)])
def test_one_click_may_lead_to_a_challenge(merchant: Merchant, card: str, amount: int) -> None:
    token = merchant.saved_card(card)

    payment = merchant.create_payment(card=token, amount=amount)

    assert payment["status"] == "requires_action"
    merchant.http.post(payment["url"], data={"action": "confirm"})
    paid = merchant.retrieve(payment)
    assert (paid["status"], paid["card"]["token"]) == ("succeeded", token)


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        (100_001, "failed", "declined"),
        (100_002, "failed", "insufficient_funds"),
        (100_005, "processing", None),
    ],
)
def test_a_magic_amount_decides_in_one_click_too(
    merchant: Merchant, amount: int, status: str, code: str | None
) -> None:
    payment = merchant.create_payment(card=merchant.saved_card(), amount=amount)

    assert (payment["status"], payment["failure_code"]) == (status, code)


def test_the_amount_refused_at_creation_is_refused_in_one_click_too(merchant: Merchant) -> None:
    response = merchant.post_payment(card=merchant.saved_card(), amount=100_004)

    assert response.status_code == 402


@pytest.mark.parametrize("changes", [{"card": "card_unknown"}, {"customer": "customer-2"}])
def test_a_card_that_is_not_this_customers_is_unknown(
    merchant: Merchant, changes: dict[str, str]
) -> None:
    response = merchant.post_payment(**{"card": merchant.saved_card(), **changes})

    assert response.status_code == 400
    assert error(response)["code"] == "card_unknown"
    assert error(response)["param"] == "card"


def test_a_deleted_card_is_gone(merchant: Merchant) -> None:
    token = merchant.saved_card()

    assert merchant.http.delete(f"/v1/cards/{token}").status_code == 204
    assert merchant.http.delete(f"/v1/cards/{token}").status_code == 404
    assert error(merchant.post_payment(card=token))["code"] == "card_unknown"
