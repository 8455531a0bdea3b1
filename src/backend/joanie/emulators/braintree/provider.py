import binascii
from base64 import b64decode
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from joanie.emulators.braintree import settlement
from joanie.emulators.braintree.cards import (
    AUTHENTICATION_REQUIRED,
    TEST_CARDS,
    is_authenticated,
    outcome_by_amount,
)
from joanie.emulators.braintree.credentials import merchant_id, private_key, public_key
from joanie.emulators.braintree.errors import INVALID, NUMBERS
from joanie.emulators.braintree.events import make_notifications
from joanie.emulators.braintree.wire import status_of
from joanie.emulators.braintree.xml import Items, answer_xml
from joanie.emulators.kit.acquirer.accounts import Account, Accounts
from joanie.emulators.kit.acquirer.cards import ACCEPTED, Outcome, TestCard
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.acquirer.languages import read_texts
from joanie.emulators.kit.acquirer.provider import Provider
from joanie.emulators.kit.acquirer.records import Dispute, Payment, Refund
from joanie.emulators.kit.controls import InstructionReader
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.kit.identifiers import new_id


class BraintreeProvider(Provider):
    """No page of its own takes money: a nonce comes from the learner's browser."""

    name = "braintree"
    label = "Braintree"
    test_cards = TEST_CARDS
    texts = read_texts(Path(__file__).parent / "texts")
    payment_path = ""
    setup_path = ""
    saves_a_card_once = False
    failed_refund = "2000"

    def notifications(self, event: Event) -> Iterable[Notification]:
        return make_notifications(event)

    def authenticate(self, accounts: Accounts) -> Account:
        """Basic: the public key, and the private one; for the merchant in the path."""
        given = _basic_credentials()
        account = accounts.find(public_key, given[0])
        if account is None or accounts.find(private_key, given[1]) != account:
            raise ApiError(401, "unauthorized", "The keys are missing or unknown.")
        if g.merchant_id != merchant_id(account):
            raise ApiError(403, "forbidden", "These keys are another merchant's.")
        return account

    def answer(self, error: ApiError) -> ResponseReturnValue:
        """Most answers are read by their status alone; a 422 says what is wrong."""
        code = str(error.error["code"])
        if code in NUMBERS:
            number, attribute, message = NUMBERS[code]
            return _refuse("transaction", number, attribute, message)
        if code != INVALID:
            return Response("", error.status, content_type="application/xml")
        details = error.error
        return _refuse(
            str(details["about"]),
            str(details["number"]),
            str(details["attribute"]),
            str(details["message"]),
        )

    def outcome_on_page(self, payment: Payment, test_card: TestCard) -> Outcome:
        by_amount = outcome_by_amount(payment.amount, payment.currency)
        if by_amount is not None:
            return by_amount
        wants_challenge = test_card.on_page.failure_code == AUTHENTICATION_REQUIRED
        has_passed = is_authenticated(payment.extra.get("three_d_secure"))
        return ACCEPTED if wants_challenge and has_passed else test_card.on_page

    def outcome_in_one_click(self, payment: Payment, test_card: TestCard) -> Outcome:
        by_amount = outcome_by_amount(payment.amount, payment.currency)
        return by_amount or test_card.in_one_click

    def new_id(self, kind: str) -> str:  # noqa: ARG002 - all are alike
        """Transactions, disputes and tokens are short, and have no prefix there."""
        return new_id("x").removeprefix("x_")[:16]

    def show(self, record: Payment | Refund | Dispute) -> dict[str, Any]:
        status = status_of(record) if isinstance(record, Payment) else record.status
        return {**super().show(record), "status": status}

    def own_instructions(self) -> Mapping[str, InstructionReader]:
        return {
            # An account without the feature refuses requests with a key.
            "request_keys": lambda fields: fields.flag("request_keys", default=True),
            # Settling began, though the status does not say so yet: a void is too late.
            "late_void": lambda fields: fields.flag("late_void"),
            # What is being settled cannot be refunded before it is settled.
            "late_refund": lambda fields: fields.flag("late_refund"),
        }

    def actions(self, payment: Payment) -> Mapping[str, str]:
        return settlement.actions(payment)

    def act(self, action: str, payment: Payment) -> None:
        settlement.act(action, payment)


def _basic_credentials() -> tuple[str, str]:
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    try:
        public, _, private = b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (public, private) if scheme == "Basic" else ("", "")


def _refuse(about: str, number: str, attribute: str, message: str) -> Response:
    error = {"code": number, "attribute": attribute, "message": message}
    errors = {"errors": Items("error", []), about: {"errors": Items("error", [error])}}
    content = {"errors": errors, "params": {"action": "create"}, "message": message}
    return answer_xml("api-error-response", content, HTTPStatus.UNPROCESSABLE_ENTITY)
