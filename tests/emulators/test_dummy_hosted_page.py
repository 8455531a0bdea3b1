import re

import pytest
from tests.emulators.merchant import CANCEL_URL, RETURN_URL, Merchant
from tests.emulators.receiver import Receiver

from joanie.emulators.dummy.cards import DECLINES, TEST_CARDS
from joanie.emulators.kit.acquirer.languages import TEXTS


def page_of(merchant: Merchant, **payment: object) -> str:
    response = merchant.http.get(str(merchant.create_payment(**payment)["url"]))
    assert response.status_code == 200
    return response.text


def test_the_page_shows_what_is_bought_and_offers_each_test_card(merchant: Merchant) -> None:
    page = page_of(merchant, description="Statistics & <R>")

    assert "Statistics &amp; &lt;R&gt;" in page
    assert "€120.00" in page
    assert re.findall(r'name="card" value="(\w+)"', page) == list(TEST_CARDS)
    assert CANCEL_URL in page


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        (1500, "JPY", "en", "¥1,500<"),
        (1500, "JPY", "fr", "1\u202f500\xa0¥<"),
        (1234, "KWD", "en", "KWD\xa01.234<"),
        (123456, "EUR", "fr", "1\u202f234,56\xa0€<"),
    ],
)
def test_an_amount_is_printed_as_its_currency_and_the_language_want(
    merchant: Merchant, amount: int, currency: str, language: str, shown: str
) -> None:
    assert shown in page_of(merchant, amount=amount, currency=currency, language=language)


def test_a_french_payment_has_a_french_page(merchant: Merchant) -> None:
    page = page_of(merchant, language="fr")

    assert '<html lang="fr">' in page
    assert "Payer" in page
    assert "Enregistrer ma carte" in page


def test_the_page_can_be_read_in_the_other_language(merchant: Merchant) -> None:
    payment = merchant.create_payment(language="fr")

    assert "Save my card" in merchant.http.get(f"{payment['url']}?language=en").text


def test_all_words_exist_in_all_languages() -> None:
    cards = {f"card.{card}" for card in TEST_CARDS}

    assert TEXTS["en"].keys() == TEXTS["fr"].keys()
    assert cards == {word for word in TEXTS["en"] if word.startswith("card.")}


def test_an_accepted_card_pays_and_goes_back_to_the_shop(
    merchant: Merchant, receiver: Receiver
) -> None:
    payment = merchant.create_payment()

    response = merchant.choose(payment, "success")

    assert (response.status_code, response.headers["Location"]) == (303, RETURN_URL)
    paid = merchant.retrieve(payment)
    assert paid["status"] == "succeeded"
    assert paid["url"] is None
    assert (paid["card"]["last_numbers"], paid["card"]["saved"]) == ("4242", False)
    notification = receiver.wait_for()[0]
    assert notification.type == "payment.succeeded"
    assert notification.payment == paid


@pytest.mark.parametrize("code", DECLINES)
def test_each_refused_card_fails_with_its_own_code(
    merchant: Merchant, receiver: Receiver, code: str
) -> None:
    payment = merchant.create_payment()

    response = merchant.choose(payment, code)

    assert (response.status_code, response.headers["Location"]) == (303, RETURN_URL)
    failed = merchant.retrieve(payment)
    assert (failed["status"], failed["failure_code"]) == ("failed", code)
    assert receiver.wait_for()[0].type == "payment.failed"


@pytest.mark.parametrize(
    ("amount", "code"), [(100_001, "declined"), (100_002, "insufficient_funds")]
)
def test_a_magic_amount_wins_over_the_card(merchant: Merchant, amount: int, code: str) -> None:
    payment = merchant.create_payment(amount=amount)

    merchant.choose(payment, "success")

    assert merchant.retrieve(payment)["failure_code"] == code


def test_the_offer_to_save_the_card_is_ticked_when_the_merchant_wants_it(
    merchant: Merchant,
) -> None:
    ticked = re.compile(r'name="save_card"\s+checked')

    assert ticked.search(page_of(merchant, save_card=True))
    assert not ticked.search(page_of(merchant, save_card=False))


def test_a_ticked_card_is_saved_and_told_with_the_success(
    merchant: Merchant, receiver: Receiver
) -> None:
    payment = merchant.create_payment(save_card=False)

    merchant.choose(payment, save_card="on")

    card = merchant.retrieve(payment)["card"]
    assert card["token"].startswith("card_")
    assert (card["saved"], card["customer"]) == (True, "customer-1")
    assert receiver.wait_for()[0].payment["card"] == card


def test_a_card_that_is_not_ticked_is_not_saved(merchant: Merchant) -> None:
    payment = merchant.create_payment(save_card=True)

    merchant.choose(payment)

    assert merchant.retrieve(payment)["card"]["token"] is None


def test_a_refused_card_is_not_saved(merchant: Merchant) -> None:
    payment = merchant.create_payment()

    merchant.choose(payment, "declined", save_card="on")

    assert merchant.retrieve(payment)["card"]["token"] is None


def test_the_same_card_of_the_same_customer_keeps_its_token(merchant: Merchant) -> None:
    assert merchant.saved_card() == merchant.saved_card()
    assert merchant.saved_card() != merchant.saved_card("success_mastercard")


def test_canceling_on_the_page_cancels_the_payment(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.create_payment()

    response = merchant.http.post(payment["url"], data={"action": "cancel"})

    assert (response.status_code, response.headers["Location"]) == (303, CANCEL_URL)
    assert merchant.retrieve(payment)["status"] == "canceled"
    assert receiver.wait_for()[0].type == "payment.canceled"


def test_a_page_that_is_left_changes_nothing(merchant: Merchant) -> None:
    payment = merchant.create_payment()

    merchant.http.get(payment["url"])

    assert merchant.retrieve(payment) == payment
    assert merchant.notifications() == []


def test_paying_without_a_card_shows_the_page_again(merchant: Merchant) -> None:
    payment = merchant.create_payment()

    response = merchant.choose(payment, "no such card")

    assert response.status_code == 400
    assert "Choose one of the cards." in response.text
    assert merchant.retrieve(payment)["status"] == "requires_payment"


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled", "expired", "processing"])
def test_a_closed_payment_is_not_paid_from_an_old_tab(merchant: Merchant, status: str) -> None:
    payment = merchant.create_payment()
    merchant.settle(payment, status=status, notify=False)

    response = merchant.choose(payment)

    assert response.status_code == 409
    assert "nothing left to do" in response.text
    assert merchant.retrieve(payment)["status"] == status
    assert merchant.notifications() == []


def test_a_closed_payment_can_still_be_looked_at(merchant: Merchant) -> None:
    payment = merchant.paid_payment(language="fr")

    page = merchant.http.get(f"/pay/{payment['id']}")

    assert page.status_code == 200
    assert "Ce paiement a été effectué" in page.text


@pytest.mark.parametrize("path", ["/pay/pay_unknown", "/pay/pay_unknown/challenge", "/setup/none"])
def test_an_unknown_page_is_a_page_that_says_so(merchant: Merchant, path: str) -> None:
    for response in (merchant.http.get(path), merchant.http.post(path)):
        assert response.status_code == 404
        assert "This page does not exist" in response.text


def test_a_slow_card_is_processed_until_told(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.create_payment()

    response = merchant.choose(payment, "slow", save_card="on")

    assert response.headers["Location"] == RETURN_URL
    assert merchant.retrieve(payment)["status"] == "processing"
    merchant.http.post(
        f"/dashboard/payments/{payment['id']}/complete", data={"status": "succeeded"}
    )
    paid = merchant.retrieve(payment)
    assert (paid["status"], paid["card"]["saved"]) == ("succeeded", True)
    types = {notification.type for notification in receiver.wait_for(2)}
    assert types == {"payment.processing", "payment.succeeded"}


def test_a_slow_card_succeeds_after_the_time_that_was_set(
    merchant: Merchant, receiver: Receiver
) -> None:
    merchant.instruct(processing_seconds=0)

    merchant.choose(merchant.create_payment(), "slow")

    assert "payment.succeeded" in {notification.type for notification in receiver.wait_for(2)}
