"""Stripe, as the conformance suite plays it: in test mode, for a live key goes only to Stripe."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from flask import Flask

from joanie.common.money import Money, from_minor_units
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.stripe import create_app
from joanie.emulators.stripe.cards import SLOW_CARD
from joanie.emulators.stripe.credentials import describe
from joanie.emulators.stripe.events import make_headers
from joanie.payment.conformance.emulated import EmulatedHarness
from joanie.payment.conformance.harness import Card, Feature, Forgery, Operation


class Harness(EmulatedHarness):
    lacks: ClassVar[Mapping[Feature, str]] = {
        Feature.CHALLENGES_ADDRESS: "Stripe does not check the address of an endpoint.",
        Feature.CLIENT_TOKENS: "Stripe's library needs no client token, only the publishable key.",
    }
    optional_settings = frozenset({"base_url", "publishable_key"})
    account_secrets = ("the-secret-of-the-first-account", "the-secret-of-the-second-account")
    slow_card = SLOW_CARD
    cards = {
        Card.GOOD: "pm_card_visa",
        Card.OTHER_GOOD: "pm_card_mastercard",
        Card.DECLINED: "pm_card_visa_chargeDeclined",
        Card.NO_FUNDS: "pm_card_visa_chargeDeclinedInsufficientFunds",
        Card.CHALLENGED: "pm_card_authenticationRequired",
        Card.DECLINED_LATER: "pm_card_chargeCustomerFail",
    }
    operations = {
        Operation.CREATE: "create_session",
        Operation.CHARGE: "create_intent",
        Operation.RETRIEVE: "retrieve_session",
        Operation.FIND: "list_sessions",
        Operation.LIST: "list_sessions",
        Operation.ABORT: "expire_session",
        Operation.REFUND: "create_refund",
        Operation.DELETE_CARD: "detach_card",
        Operation.TOKENIZE: "create_session",
    }

    def make_app(self) -> Flask:
        return create_app(self.account_secrets, retry_base=0.02)

    def configuration(self, account: int = 0) -> dict[str, Any]:
        return {"base_url": self.base_url, **describe(self.account(account))}

    def price(self, currency: str) -> Money:
        """Of three decimals Stripe takes two."""
        return from_minor_units(12_340 if currency == "KWD" else 12_345, currency)

    def change(self, body: bytes, forgery: Forgery) -> bytes:
        event = json.loads(body)
        if forgery is Forgery.OTHER_MODE:
            return json.dumps({**event, "livemode": not event["livemode"]}).encode()
        return json.dumps({**event, "type": "moon.rose"}).encode()

    def sign(self, notification: Notification, event: Event) -> Notification:
        return replace(notification, sign=lambda: make_headers(event, notification.body))
