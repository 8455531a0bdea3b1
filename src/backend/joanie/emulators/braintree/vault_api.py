"""``/merchants/<id>``: client tokens, customers, saved cards and their nonces."""

import re
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from joanie.emulators.braintree.cards import TEST_CARDS
from joanie.emulators.braintree.client_tokens import make_client_token
from joanie.emulators.braintree.credentials import currency_of, merchant_account_id
from joanie.emulators.braintree.errors import Invalid
from joanie.emulators.braintree.nonces import Nonce, find_nonce, make_nonce, use_nonce
from joanie.emulators.braintree.sales import CUSTOMER
from joanie.emulators.braintree.wire import as_card, as_nonce
from joanie.emulators.braintree.xml import Items, answer_xml, read_xml
from joanie.emulators.kit.acquirer import vault
from joanie.emulators.kit.acquirer.cards import Card
from joanie.emulators.kit.acquirer.current import current_account, current_state
from joanie.emulators.kit.errors import NotFoundError
from joanie.emulators.kit.identifiers import new_id

_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
_RESERVED = frozenset({"all", "new"})


def create_client_token() -> ResponseReturnValue:
    wire = read_xml()
    customer = wire.get("customer_id") or None
    if customer is not None and not _has_customer(customer):
        raise _invalid("92804", "customer_id", "Customer specified does not exist.")
    merchant_account = str(wire.get("merchant_account_id") or merchant_account_id("USD"))
    if currency_of(merchant_account) is None:
        raise _invalid("92807", "merchant_account_id", "Merchant account does not exist.")
    token = make_client_token(
        current_state(),
        current_account(),
        request.host_url.rstrip("/"),
        customer=customer,
        merchant_account=merchant_account,
    )
    return answer_xml("client-token", {"value": token}, 201)


def create_customer() -> ResponseReturnValue:
    customer_id = read_xml().get("id") or new_id("c")[:36]
    if not _ID.fullmatch(customer_id) or customer_id in _RESERVED:
        raise Invalid("91610", "id", "Customer ID is invalid.", about="customer")
    if _has_customer(customer_id):
        raise Invalid("91609", "id", "Customer ID has already been taken.", about="customer")
    current_state().notes.keep(CUSTOMER, customer_id, {"id": customer_id}, current_account())
    return answer_xml("customer", _as_customer(customer_id), 201)


def retrieve_customer(customer_id: str) -> ResponseReturnValue:
    current_state().notes.find(CUSTOMER, customer_id, current_account())
    return answer_xml("customer", _as_customer(customer_id))


def delete_customer(customer_id: str) -> ResponseReturnValue:
    """Delete the customer with all cards."""
    current_state().notes.take(CUSTOMER, customer_id, current_account())
    for card in current_state().saved_cards(current_account()):
        if card.customer == customer_id and card.token:
            current_state().delete_card(card.token, current_account())
    return _nothing()


def create_payment_method() -> ResponseReturnValue:
    wire = read_xml()
    customer_id = str(wire.get("customer_id") or "")
    if not _has_customer(customer_id):
        raise Invalid("91705", "customer_id", "Customer ID is invalid.", about="credit-card")
    nonce_id = str(wire.get("payment_method_nonce") or "")
    nonce = use_nonce(current_state(), nonce_id, current_account())
    card = vault.save_card(
        current_state(), Card(TEST_CARDS[nonce.card], customer_id), current_account()
    )
    return answer_xml("credit-card", _as_saved_card(card), 201)


def retrieve_payment_method(token: str) -> ResponseReturnValue:
    return answer_xml("credit-card", _as_saved_card(_saved(token)))


def delete_payment_method(token: str) -> ResponseReturnValue:
    current_state().delete_card(token, current_account())
    return _nothing()


def create_nonce(token: str) -> ResponseReturnValue:
    card = _saved(token)
    nonce = Nonce(card.test_card.id, token=token, customer=card.customer)
    nonce_id = make_nonce(current_state(), nonce, current_account())
    return answer_xml("payment-method-nonce", as_nonce(nonce_id, vars(nonce)), 201)


def retrieve_nonce(nonce_id: str) -> ResponseReturnValue:
    note = find_nonce(current_state(), nonce_id, current_account())
    return answer_xml("payment-method-nonce", as_nonce(nonce_id, note))


ROUTES = (
    ("POST", "/client_token", create_client_token),
    ("POST", "/customers", create_customer),
    ("GET", "/customers/<customer_id>", retrieve_customer),
    ("DELETE", "/customers/<customer_id>", delete_customer),
    ("POST", "/payment_methods", create_payment_method),
    ("GET", "/payment_methods/any/<token>", retrieve_payment_method),
    ("DELETE", "/payment_methods/any/<token>", delete_payment_method),
    ("POST", "/payment_methods/<token>/nonces", create_nonce),
    ("GET", "/payment_method_nonces/<nonce_id>", retrieve_nonce),
)


def add_routes(blueprint: Blueprint) -> None:
    for method, rule, view in ROUTES:
        blueprint.add_url_rule(rule, view.__name__, view, methods=[method])


def _invalid(number: str, attribute: str, message: str) -> Invalid:
    return Invalid(number, attribute, message, about="client-token")


def _nothing() -> Response:
    return Response("", 204, content_type="application/xml")


def _has_customer(customer_id: str) -> bool:
    try:
        current_state().notes.find(CUSTOMER, customer_id, current_account())
    except NotFoundError:
        return False
    return True


def _saved(token: str) -> Card:
    card = current_state().saved_card(token, current_account())
    if card is None:
        raise NotFoundError("payment method")
    return card


def _as_customer(customer_id: str) -> dict[str, Any]:
    cards = current_state().saved_cards(current_account())
    mine = [_as_saved_card(card) for card in cards if card.customer == customer_id]
    return {"id": customer_id, "credit_cards": Items("credit-card", mine)}


def _as_saved_card(card: Card) -> dict[str, Any]:
    return {
        **as_card(card),
        "customer_id": card.customer,
        "expired": card.test_card.has_expired,
        "default": True,
    }
