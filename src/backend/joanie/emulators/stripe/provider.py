from collections.abc import Iterable, Mapping
from pathlib import Path

from flask import request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer import disputes
from joanie.emulators.kit.acquirer.accounts import Account, Accounts
from joanie.emulators.kit.acquirer.current import current_state
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.acquirer.languages import read_texts
from joanie.emulators.kit.acquirer.provider import PREFIXES, Provider
from joanie.emulators.kit.acquirer.records import Payment
from joanie.emulators.kit.acquirer.status import PaymentStatus
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.stripe.cards import TEST_CARDS
from joanie.emulators.stripe.credentials import secret_key
from joanie.emulators.stripe.events import make_notifications
from joanie.emulators.stripe.wire import PAYMENT_PATH, SETUP_PATH, Wire

INQUIRY = "inquiry"

# By the kit's code: the status, the type and the code that Stripe gives.
INVALID, API = "invalid_request_error", "api_error"
ERRORS: Mapping[str, tuple[int, str, str | None]] = {
    "unauthorized": (401, INVALID, None),
    "rate_limited": (429, INVALID, "rate_limit"),
    "internal_error": (500, API, None),
    "invalid_request": (400, INVALID, None),
    "not_found": (404, INVALID, "resource_missing"),
    "card_unknown": (400, INVALID, "resource_missing"),
    "already_settled": (400, INVALID, "payment_intent_unexpected_state"),
    "payment_already_paid": (400, INVALID, "payment_intent_unexpected_state"),
    "payment_processing": (400, INVALID, "payment_intent_unexpected_state"),
    "payment_not_paid": (400, INVALID, "payment_intent_unexpected_state"),
    "refund_too_large": (400, INVALID, None),
    "idempotency_mismatch": (400, "idempotency_error", None),
    "idempotency_in_use": (409, "idempotency_error", "idempotency_key_in_use"),
}
PARAMS = {"card_unknown": "payment_method", "refund_too_large": "amount"}


class StripeProvider(Provider):
    """A decline leaves the page open; a card is saved because the merchant asked for it."""

    name = "stripe"
    label = "Stripe (emulated)"
    test_cards = TEST_CARDS
    id_prefixes = {**PREFIXES, "payment": "pi", "card": "pm", "dispute": "du"}
    texts = read_texts(Path(__file__).parent / "texts")
    payment_path = PAYMENT_PATH
    setup_path = SETUP_PATH
    declines_are_final = False
    cancel_button_cancels = False
    saves_a_card_once = False
    failed_challenge = "payment_intent_authentication_failure"
    failed_refund = "expired_or_canceled_card"

    def authenticate(self, accounts: Accounts) -> Account:
        _, _, key = request.headers.get("Authorization", "").partition("Bearer ")
        account = accounts.find(secret_key, key)
        if account is None:
            raise ApiError(401, "unauthorized", "Invalid API Key provided.")
        return account

    def answer(self, error: ApiError) -> ResponseReturnValue:
        code = error.error["code"]
        status, kind, word = ERRORS.get(code, (int(error.status), INVALID, code))
        if code == "not_found":
            status = int(error.status)
        content = {"type": kind, "message": str(error)}
        param = PARAMS.get(code) or error.error.get("param")
        if word:
            content["code"] = word
        if param:
            content["param"] = param
        return {"error": content}, status

    def notifications(self, event: Event) -> Iterable[Notification]:
        return make_notifications(event, Wire(lambda _token, _account: True))

    def may_choose_to_save(self, payment: Payment) -> bool:  # noqa: ARG002
        return False

    def actions(self, payment: Payment) -> Mapping[str, str]:
        is_paid = payment.status is PaymentStatus.SUCCEEDED
        return {INQUIRY: "Have the bank inquire"} if is_paid else {}

    def act(self, action: str, payment: Payment) -> None:  # noqa: ARG002
        """Open a dispute that moves no money."""
        disputes.open_dispute(current_state(), payment.id, extra={"is_inquiry": True})
