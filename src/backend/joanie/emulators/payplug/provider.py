from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer.accounts import Account, Accounts
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.acquirer.languages import read_texts
from joanie.emulators.kit.acquirer.provider import Provider
from joanie.emulators.kit.acquirer.records import Dispute, Payment, Refund
from joanie.emulators.kit.controls import InstructionReader
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.payplug import wire
from joanie.emulators.payplug.cards import TEST_CARDS
from joanie.emulators.payplug.credentials import secret_key
from joanie.emulators.payplug.events import make_notifications

API_VERSION = "2019-08-06"


class PayplugProvider(Provider):
    """A page, unsigned notifications, and no word for how a payment stands."""

    name = "payplug"
    label = "PayPlug"
    test_cards = TEST_CARDS
    texts = read_texts(Path(__file__).parent / "texts")
    payment_path = "/pay/test/<payment_id>"
    setup_path = ""
    failed_challenge = "3ds_declined"

    def notifications(self, event: Event) -> Iterable[Notification]:
        return make_notifications(event)

    def authenticate(self, accounts: Accounts) -> Account:
        """Raises ApiError 401, and 400 without the version of the API that this is."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        account = accounts.find(secret_key, key) if scheme == "Bearer" else None
        if account is None:
            raise ApiError(401, "unauthorized", "The secret key is missing or unknown.")
        if request.headers.get("PayPlug-Version") != API_VERSION:
            message = f"Only the version {API_VERSION} is played here."
            raise ApiError(400, "invalid_request", message)
        return account

    def answer(self, error: ApiError) -> ResponseReturnValue:
        return wire.error_as_json(error)

    def may_choose_to_save(self, payment: Payment) -> bool:
        return bool(payment.extra.get("allow_save_card"))

    def show(self, record: Payment | Refund | Dispute) -> dict[str, Any]:
        if isinstance(record, Payment):
            return wire.payment_as_json(record)
        return super().show(record)

    def own_instructions(self) -> Mapping[str, InstructionReader]:
        return {"can_save_cards": lambda fields: fields.flag("can_save_cards", default=True)}
