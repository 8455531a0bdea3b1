"""The dummy's provider, as the conformance suite plays it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from flask import Flask

from joanie.emulators.dummy import create_app
from joanie.emulators.dummy.events import headers
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.deliveries import Notification
from joanie.payment.conformance.emulated import EmulatedHarness
from joanie.payment.conformance.harness import Card, Feature, Forgery, Operation


class Harness(EmulatedHarness):
    lacks: ClassVar[Mapping[Feature, str]] = {
        Feature.CHALLENGES_ADDRESS: "Nobody checks the notification URL before it is used.",
        Feature.MODES: "There is no test mode: no money moves anyway.",
        Feature.CLIENT_TOKENS: "Cards are typed on its pages, so there are no client tokens.",
    }
    optional_settings = frozenset({"base_url", "secret"})
    cards = {
        Card.GOOD: "success",
        Card.OTHER_GOOD: "success_mastercard",
        Card.DECLINED: "declined",
        Card.NO_FUNDS: "insufficient_funds",
        Card.CHALLENGED: "three_d_secure",
        Card.DECLINED_LATER: "declined_later",
    }
    operations = {
        Operation.CREATE: "create_payment",
        Operation.CHARGE: "create_payment",
        Operation.RETRIEVE: "retrieve_payment",
        Operation.FIND: "find_payment",
        Operation.LIST: "list_payments",
        Operation.ABORT: "cancel_payment",
        Operation.REFUND: "refund_payment",
        Operation.DELETE_CARD: "delete_card",
        Operation.TOKENIZE: "create_card_setup",
    }

    def make_app(self) -> Flask:
        return create_app(self.account_secrets, retry_base=0.02)

    def configuration(self, account: int = 0) -> dict[str, Any]:
        return {"base_url": self.base_url, "secret": self.account(account).secret}

    def change(self, body: bytes, forgery: Forgery) -> bytes:  # noqa: ARG002 - there is one
        return json.dumps({**json.loads(body), "type": "moon.rose"}).encode()

    def sign(self, notification: Notification, event: Event) -> Notification:
        return replace(notification, sign=lambda: headers(event, notification.body))
