"""Acme Pay, as the conformance suite plays it."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from flask import Flask
from tests.docs.acme_pay.emulator import create_app
from tests.docs.acme_pay.emulator.credentials import describe

from joanie.payment.conformance.emulated import EmulatedHarness
from joanie.payment.conformance.harness import Card, Feature, Forgery, Operation


class Harness(EmulatedHarness):
    page = "tests/docs/acme_pay/README.md"
    # Each sentence stands on the page. What the backend learns to do goes from both.
    lacks: ClassVar[Mapping[Feature, str]] = {
        Feature.SIGNS: "Notifications are not signed.",
        Feature.AGED_SIGNATURES: "Notifications are not signed.",
        Feature.EVENT_IDS: "A notification has no id.",
        Feature.CHALLENGES_ADDRESS: "Our address is not checked before it is used.",
        Feature.MODES: "A notification does not say whether it is a test.",
        Feature.SAVES_WITHOUT_BUYING: "A card is saved with a payment alone.",
        Feature.CLIENT_TOKENS: "There are no client tokens.",
        Feature.FINDS_LOST_CREATIONS: "Payments cannot be looked for by our own id.",
        Feature.LISTS: "Payments cannot be listed.",
        Feature.DISPUTES: "Disputes are not told of.",
    }
    cards = {
        Card.GOOD: "success",
        Card.OTHER_GOOD: "mastercard",
        Card.DECLINED: "declined",
        Card.NO_FUNDS: "no_funds",
        Card.CHALLENGED: "three_d_secure",
        Card.DECLINED_LATER: "declined_later",
    }
    # Endpoints of the emulator: those that can be told to fail.
    operations = {
        Operation.CREATE: "create_payment",
        Operation.CHARGE: "create_payment",
        Operation.RETRIEVE: "retrieve_payment",
        Operation.ABORT: "cancel_payment",
        Operation.REFUND: "refund_payment",
        Operation.DELETE_CARD: "delete_card",
    }

    def make_app(self) -> Flask:
        return create_app(self.account_secrets, retry_base=0.02)

    def configuration(self, account: int = 0) -> dict[str, Any]:
        return {"base_url": self.base_url, **describe(self.account(account))}

    def change(self, body: bytes, forgery: Forgery) -> bytes:
        """Have a notification tell of what nobody knows, instead of a payment."""
        return json.dumps({**json.loads(body), "about": "the moon"}).encode()
