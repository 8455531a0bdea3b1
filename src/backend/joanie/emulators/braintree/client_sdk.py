"""What stands for Braintree's SDK in the browser: a form for people, JSON for programs.

The card goes to Braintree, and the shop is given a nonce.
"""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from joanie.emulators.braintree.cards import TEST_CARDS
from joanie.emulators.braintree.client_tokens import open_client_token, open_fingerprint
from joanie.emulators.braintree.nonces import Nonce, make_nonce
from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.current import current_state
from joanie.emulators.kit.acquirer.notes import Note
from joanie.emulators.kit.acquirer.pages import chosen_card, show_page, show_unknown
from joanie.emulators.kit.acquirer.records import Page
from joanie.emulators.kit.errors import ApiError, NotFoundError
from joanie.emulators.kit.fields import Fields, json_body
from joanie.emulators.kit.loopback import is_web_url

AUTHENTICATED, REFUSED = "authenticate_successful", "authenticate_failed"
CHOICES = {"": None, "passed": AUTHENTICATED, "not_passed": REFUSED}

blueprint = Blueprint("client_sdk", __name__, template_folder="templates")
blueprint.register_error_handler(NotFoundError, show_unknown)


@blueprint.get("/client-sdk")
def show_form() -> ResponseReturnValue:
    """Ask for a card; ``client_token`` opens it, ``return_url`` takes the nonce."""
    page, _ = _open_page()
    return show_page("braintree/form.html", page)


@blueprint.post("/client-sdk")
def tokenize_on_page() -> ResponseReturnValue:
    page, note = _open_page()
    test_card = chosen_card()
    if test_card is None:
        return show_page("braintree/form.html", page, HTTPStatus.BAD_REQUEST)
    three_d_secure = CHOICES.get(request.form.get("three_d_secure", ""))
    nonce = Nonce(test_card.id, three_d_secure, customer=note["customer"])
    made = make_nonce(current_state(), nonce, page.account)
    return show_page("braintree/nonce.html", page, nonce=made)


@blueprint.post("/merchants/<merchant_id>/client_api/v1/payment_methods/credit_cards")
def tokenize_card(merchant_id: str) -> ResponseReturnValue:  # noqa: ARG001
    """Answer the SDK. ``threeDSecure`` is ours: there, it is a dialogue with the bank."""
    try:
        account, note, nonce = _read_card()
    except ApiError as error:
        return error.answer()
    nonce_id = make_nonce(current_state(), Nonce(**nonce, customer=note["customer"]), account)
    return {"creditCards": [{"type": "CreditCard", "nonce": nonce_id}]}, 202


def _read_card() -> tuple[Account, Note, dict[str, Any]]:
    fields = Fields(json_body())
    account, note = open_fingerprint(current_state(), fields.text("authorizationFingerprint"))
    number = fields.fields("creditCard").text("number")
    cards = (card for card in TEST_CARDS.values() if number in {card.number or None, card.id})
    card = next(cards, None)
    if card is None:
        raise ApiError(422, "invalid_request", "This is no number of a test card.")
    choice = fields.choice("threeDSecure", [*CHOICES], default="")
    return account, note, {"card": card.id, "three_d_secure": CHOICES[choice]}


def _open_page() -> tuple[Page, Note]:
    account, note = open_client_token(current_state(), request.values.get("client_token", ""))
    return_url = request.values.get("return_url", "")
    return Page(
        account=account,
        origin=request.host_url.rstrip("/"),
        language=request.accept_languages.best_match(["en", "fr"]) or "en",
        return_url=return_url if is_web_url(return_url) else "",
    ), note
