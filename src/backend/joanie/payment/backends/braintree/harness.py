"""Braintree, as the conformance suite plays it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from flask import Flask

from joanie.emulators.braintree import create_app
from joanie.emulators.braintree.credentials import describe
from joanie.emulators.braintree.events import BANK_ACCOUNT, change_kind, sign_again
from joanie.emulators.braintree.nonces import Nonce, make_nonce
from joanie.emulators.braintree.settlement import settle
from joanie.emulators.braintree.wire import SETTLED
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.deliveries import Notification
from joanie.payment.backends.types import PaymentInfo
from joanie.payment.conformance.emulated import EmulatedHarness
from joanie.payment.conformance.harness import Card, Feature, Forgery, Operation


class Harness(EmulatedHarness):
    lacks: ClassVar[Mapping[Feature, str]] = {
        Feature.HOSTED_PAGE: "There is no page of Braintree's to send the learner to.",
        Feature.NOTIFIES_OF_PAYMENTS: "No notification tells of a card's payment.",
        Feature.AGED_SIGNATURES: "The signature holds no time.",
        Feature.MODES: "Sandbox and production have keys of their own, and notifications no mode.",
        Feature.ONE_CLICK_CHALLENGE: "A charge of a saved card cannot lead to a challenge.",
        Feature.SAVES_WITHOUT_BUYING: "A card is saved while paying.",
        Feature.REFUND_ELSEWHERE: "No notification tells of a refund made in the control panel.",
        Feature.PROCESSING: "A card's payment is decided in the answer to our call.",
        Feature.EXPIRES: "No page expires.",
    }
    cards = {
        Card.GOOD: "visa",
        Card.OTHER_GOOD: "mastercard",
        Card.DECLINED: "declined",
        Card.NO_FUNDS: "no_funds",
        Card.CHALLENGED: "2099",
        Card.DECLINED_LATER: "declined_later",
    }
    operations = {
        Operation.CREATE: "create_transaction",
        Operation.CHARGE: "create_transaction",
        Operation.RETRIEVE: "retrieve_transaction",
        Operation.FIND: "search_transaction_ids",
        Operation.LIST: "search_transaction_ids",
        Operation.ABORT: "void_transaction",
        Operation.REFUND: "refund_transaction",
        Operation.DELETE_CARD: "delete_payment_method",
    }

    def make_app(self) -> Flask:
        return create_app(self.account_secrets, retry_base=0.02)

    def configuration(self, account: int = 0) -> dict[str, Any]:
        return {"base_url": self.base_url, **describe(self.account(account))}

    def prepare(self, card: Card, *, account: int = 0) -> dict[str, Any]:
        """Have the browser give the card to Braintree, as its form does."""
        nonce = Nonce(self.cards[card])
        made = make_nonce(self.state, nonce, self.account(account))
        return {"payment_method_nonce": made}

    def pay(self, info: PaymentInfo, card: Card, *, saves: bool = False) -> str:  # noqa: ARG002
        """Nothing is left to do: our own call has charged the nonce."""
        return ""

    def settle(self, reference: str) -> None:
        settle(self.state, reference, SETTLED)

    def change(self, body: bytes, forgery: Forgery) -> bytes:  # noqa: ARG002
        return change_kind(body, "moon_rose")

    def sign(self, notification: Notification, event: Event) -> Notification:
        return replace(notification, body=sign_again(event.account, notification.body))

    def _other_ids(self, forgery: Forgery) -> dict[str, Any]:
        """Have it be paid from a bank account: of a card's payment nothing is ever told."""
        return {"extra": {"instrument": BANK_ACCOUNT}, **super()._other_ids(forgery)}
