"""PayPlug, as the conformance suite plays it."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from flask import Flask

from joanie.emulators.payplug import create_app
from joanie.emulators.payplug.credentials import describe
from joanie.payment.conformance.emulated import EmulatedHarness
from joanie.payment.conformance.harness import Card, Feature, Forgery, Operation


class Harness(EmulatedHarness):
    lacks: ClassVar[Mapping[Feature, str]] = {
        Feature.SIGNS: "Nobody signs a notification.",
        Feature.AGED_SIGNATURES: "Nobody signs a notification.",
        Feature.EVENT_IDS: "A notification has no id of its own.",
        Feature.CHALLENGES_ADDRESS: "PayPlug does not check the address before it is used.",
        Feature.SAVES_WITHOUT_BUYING: "A card is saved with a payment, never without one.",
        Feature.CLIENT_TOKENS: "Cards are typed on its page alone, so there are no client tokens.",
        Feature.PROCESSING: "A card is decided on at once; what takes its time is not offered.",
        Feature.REFUND_FAILS_LATER: "A refund that was made is done: it has no status.",
        Feature.DISPUTES: "Disputes are told by e-mail and in the portal, not through the API.",
    }
    cards = {
        Card.GOOD: "success",
        Card.OTHER_GOOD: "mastercard",
        Card.DECLINED: "card_declined",
        Card.NO_FUNDS: "insufficient_funds",
        Card.CHALLENGED: "three_d_secure",
        Card.DECLINED_LATER: "declined_later",
    }
    unknown_status: ClassVar[Mapping[str, Any]] = {"is_paid": "perhaps"}
    operations = {
        Operation.CREATE: "create_payment",
        Operation.CHARGE: "create_payment",
        Operation.RETRIEVE: "retrieve_payment",
        Operation.FIND: "list_payments",
        Operation.LIST: "list_payments",
        Operation.ABORT: "update_payment",
        Operation.REFUND: "create_refund",
        Operation.DELETE_CARD: "delete_card",
    }

    def make_app(self) -> Flask:
        return create_app(self.account_secrets, retry_base=0.02)

    def configuration(self, account: int = 0) -> dict[str, Any]:
        return {"base_url": self.base_url, **describe(self.account(account))}

    def change(self, body: bytes, forgery: Forgery) -> bytes:
        content = json.loads(body)
        if forgery is Forgery.UNKNOWN_TYPE:
            return json.dumps({**content, "object": "moon"}).encode()
        return json.dumps({**content, "is_live": not content["is_live"]}).encode()
