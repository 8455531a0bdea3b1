"""From Stripe's words to ours and back. Pure functions and total tables."""

from collections.abc import Iterable, Mapping
from typing import Any

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import Money
from joanie.payment.backends.stripe.amounts import read_amount, write_amount
from joanie.payment.backends.stripe.declines import read_failure
from joanie.payment.backends.types import (
    Attempt,
    CardSetup,
    DisputeState,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
    SavedCard,
    UsedCard,
)
from joanie.payment.backends.wire import read_own_id, read_reference, understanding
from joanie.payment.enums import PaymentState, RefundState

Wire = Mapping[str, Any]

SESSION = "checkout.session"
INTENT = "payment_intent"
# Marks the payment intents that a session made: they are known by their session.
CHECKOUT = "checkout"

# Not requires_capture: nothing of ours is captured later.
INTENT_STATES = {
    "requires_payment_method": PaymentState.PENDING,
    "requires_confirmation": PaymentState.PENDING,
    "requires_action": PaymentState.PENDING,
    "processing": PaymentState.PROCESSING,
    "succeeded": PaymentState.SUCCEEDED,
    "canceled": PaymentState.CANCELED,
}
# As long as nobody tried to pay.
SESSION_STATES = {
    "open": PaymentState.PENDING,
    "complete": PaymentState.PROCESSING,
    "expired": PaymentState.EXPIRED,
}
REFUND_STATES = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
# None: an inquiry, which moves no money.
DISPUTE_STATES = {
    "warning_needs_response": None,
    "warning_under_review": None,
    "warning_closed": None,
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.OPEN,
    "appeal_needs_response": DisputeState.OPEN,
    "appeal_under_review": DisputeState.OPEN,
    "won": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}
BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
LOCALES = (
    "bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl "
    "pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
_LONGEST_NAME = 250


# Requests ---------------------------------------------------------------------------------------


def describe_session(
    attempt: Attempt,
    *,
    title: str,
    metadata: Mapping[str, str],
    customer: str,
    expires_at: int | None,
) -> dict[str, Any]:
    """Describe a page to pay on. Without ``customer`` Stripe makes one when a card is saved.

    Raises InvalidAmount.
    """
    price = {
        "currency": str(attempt.amount.currency).lower(),
        "unit_amount": write_amount(attempt.amount),
        "product_data": {"name": title[:_LONGEST_NAME]},
    }
    intent: dict[str, Any] = {"metadata": {**metadata, "via": CHECKOUT}}
    session = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": metadata["order"],
        "metadata": metadata,
        "payment_intent_data": intent,
        "success_url": attempt.urls.return_,
        "cancel_url": attempt.urls.cancel,
        "locale": write_locale(attempt.language),
        "expires_at": expires_at,
    }
    if attempt.save_card:
        intent["setup_future_usage"] = "on_session"
        session |= _who(customer)
    return session


def describe_setup(
    setup: CardSetup, *, metadata: Mapping[str, str], customer: str
) -> dict[str, Any]:
    """Describe a page to save a card on."""
    return {
        "mode": "setup",
        "allowed_payment_method_types": ["card"],
        "metadata": metadata,
        "success_url": setup.urls.return_,
        "cancel_url": setup.urls.cancel,
        "locale": write_locale(setup.language),
        **_who(customer),
    }


def for_new_customer(session: Wire) -> dict[str, Any]:
    """Describe the same page for a customer that Stripe is to make."""
    return {name: each for name, each in session.items() if name != "customer"} | _who("")


def describe_intent(
    attempt: Attempt, *, title: str, metadata: Mapping[str, str], customer: str
) -> dict[str, Any]:
    """Describe a payment to be made in a form. Raises InvalidAmount."""
    intent = {
        **_charge(attempt, title, metadata),
        "automatic_payment_methods": {"enabled": True},
    }
    if attempt.save_card:
        intent |= {"customer": customer, "setup_future_usage": "on_session"}
    return intent


def describe_charge(
    attempt: Attempt, *, title: str, metadata: Mapping[str, str], customer: str, card: str
) -> dict[str, Any]:
    """Describe a payment with a saved card, its owner being there. Raises InvalidAmount."""
    return {
        **_charge(attempt, title, metadata),
        "allowed_payment_method_types": ["card"],
        "customer": customer or None,
        "payment_method": card,
        "confirm": True,
        "return_url": attempt.urls.return_,
    }


def write_locale(language: str) -> str:
    """Return the language as Stripe's pages know it; they follow the browser in any other."""
    language, _, region = language.replace("_", "-").partition("-")
    exact = f"{language.lower()}-{region.upper()}"
    return next((each for each in (exact, language.lower()) if each in LOCALES.split()), "auto")


def _charge(attempt: Attempt, title: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    return {
        "amount": write_amount(attempt.amount),
        "currency": str(attempt.amount.currency).lower(),
        "description": title[:_LONGEST_NAME],
        "metadata": metadata,
    }


def _who(customer: str) -> dict[str, str]:
    return {"customer": customer} if customer else {"customer_creation": "always"}


# Answers ----------------------------------------------------------------------------------------


def read_payment(
    wire: Wire, *, refunds: Iterable[Wire] = (), disputes: Iterable[Wire] = ()
) -> ProviderPayment:
    """Read a session or a payment intent.

    Raises ProviderProtocolError when something is missing, or a word is not known.
    """
    with understanding("A payment"):
        intent = find_intent(wire)
        state = _read_session_state(wire) if wire["object"] == SESSION else _read_state(wire)
        return ProviderPayment(
            reference=read_reference(wire["id"]),
            state=state,
            amount=_read_amount(wire, intent, state),
            url=_read_url(wire),
            failure_code=_read_failure_code(intent, state),
            card=_read_used_card(intent),
            saved_card=_read_saved_card(intent),
            refunds=tuple(read_refund(refund) for refund in refunds),
            disputes=tuple(_read_disputes(disputes)),
            attempt_id=read_own_id(read_metadata(wire).get("attempt")),
        )


def find_intent(wire: Wire) -> Wire | None:
    """Return the payment intent: of a session, the one that it made when somebody tried to pay."""
    if wire["object"] == INTENT:
        return wire
    if wire["object"] != SESSION:
        raise ProviderProtocolError(f"{wire['object']!r} is no payment")
    return _expanded(wire, "payment_intent")


def find_charge(wire: Wire) -> Wire | None:
    """Return the latest charge that was made for a session or a payment intent."""
    intent = find_intent(wire)
    return _expanded(intent, "latest_charge") if intent else None


def read_metadata(wire: Wire) -> Mapping[str, Any]:
    metadata = wire.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def read_refund(wire: Wire) -> ProviderRefund:
    """Raises ProviderProtocolError when something is missing, or a word is not known."""
    with understanding("A refund"):
        return ProviderRefund(
            reference=read_reference(wire["id"]),
            amount=read_amount(wire["amount"], wire["currency"]),
            state=REFUND_STATES[wire["status"]],
            refund_id=read_own_id(read_metadata(wire).get("refund")),
        )


def read_saved_card(wire: Wire | None) -> SavedCard | None:
    """Read a payment method: the card that it is, while a customer has it."""
    if not wire or not isinstance(wire.get("card"), Mapping) or not wire.get("customer"):
        return None
    with understanding("A card"):
        card = wire["card"]
        return SavedCard(
            token=read_reference(wire["id"]),
            brand=_read_brand(card),
            last_numbers=card["last4"],
            expiration_month=card["exp_month"],
            expiration_year=card["exp_year"],
            provider_customer=_id_of(wire["customer"]),
        )


def read_page(wire: Wire) -> str:
    """Raises ProviderProtocolError when there is no page to go to."""
    url = wire.get("url")
    if not isinstance(url, str) or not url:
        raise ProviderProtocolError("A session without a page")
    return url


def _read_state(intent: Wire) -> PaymentState:
    state = INTENT_STATES[intent["status"]]
    has_failed = intent["status"] == "requires_payment_method" and intent.get("last_payment_error")
    return PaymentState.FAILED if has_failed else state


def _read_session_state(wire: Wire) -> PaymentState:
    state = SESSION_STATES[wire["status"]]
    if wire["payment_status"] not in {"paid", "unpaid"}:
        raise ValueError(wire["payment_status"])
    intent = find_intent(wire)
    if wire["payment_status"] == "paid":
        return PaymentState.SUCCEEDED
    if state == PaymentState.EXPIRED or intent is None:
        return state
    return _read_state(intent)


def _read_amount(wire: Wire, intent: Wire | None, state: PaymentState) -> Money:
    """Read what came, where something did; else what is to come."""
    if state == PaymentState.SUCCEEDED and intent is not None:
        return read_amount(intent["amount_received"], intent["currency"])
    asked = wire["amount"] if wire["object"] == INTENT else wire["amount_total"]
    return read_amount(asked, wire["currency"])


def _read_url(wire: Wire) -> str:
    if wire["object"] == SESSION:
        return wire.get("url") or ""
    action = wire.get("next_action") or {}
    return (action.get("redirect_to_url") or {}).get("url") or ""


def _read_failure_code(intent: Wire | None, state: PaymentState) -> str:
    if intent is None or state != PaymentState.FAILED:
        return ""
    return read_failure(intent.get("last_payment_error")) or ""


def _read_used_card(intent: Wire | None) -> UsedCard | None:
    method = _expanded(intent, "payment_method") if intent else None
    if not method or not isinstance(method.get("card"), Mapping):
        return None
    card = method["card"]
    return UsedCard(brand=_read_brand(card), last_numbers=card["last4"])


def _read_brand(card: Wire) -> str:
    brand = str(card.get("display_brand") or card["brand"])
    return BRANDS.get(brand, brand)


def _read_saved_card(intent: Wire | None) -> SavedCard | None:
    if not intent or not intent.get("setup_future_usage") or intent["status"] != "succeeded":
        return None
    return read_saved_card(_expanded(intent, "payment_method"))


def _read_disputes(wires: Iterable[Wire]) -> Iterable[ProviderDispute]:
    for wire in wires:
        with understanding("A dispute"):
            state = DISPUTE_STATES[wire["status"]]
            if state is not None:
                amount = read_amount(wire["amount"], wire["currency"])
                yield ProviderDispute(read_reference(wire["id"]), amount, state)


def _expanded(wire: Wire, name: str) -> Wire | None:
    """Return an object within another, when it is there and not only its id."""
    value = wire.get(name)
    return value if isinstance(value, Mapping) else None


def _id_of(value: object) -> str:
    return read_reference(value["id"] if isinstance(value, Mapping) else value)
