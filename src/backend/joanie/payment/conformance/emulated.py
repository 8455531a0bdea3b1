"""A harness for any provider that is played with ``joanie.emulators.kit.acquirer``.

The learner's pages and all notifications go over real HTTP; staff, banks and bad days reach into
the emulator, which runs in a thread of the tests' process.
"""

import uuid
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import httpx
from flask import Flask, request

from joanie.emulators.kit.acquirer import disputes, payments, refunds
from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.cards import ACCEPTED, declined
from joanie.emulators.kit.acquirer.cards import Card as UsedCard
from joanie.emulators.kit.acquirer.current import EXTENSION as STATE
from joanie.emulators.kit.acquirer.events import FUTURE, MISSING, OLD, VALID, WRONG, Event
from joanie.emulators.kit.acquirer.records import Payment
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.acquirer.status import DisputeStatus, PaymentStatus, RefundStatus
from joanie.emulators.kit.control_api import API
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.emulator import EXTENSION as EMULATOR
from joanie.emulators.kit.emulator import Emulator
from joanie.emulators.kit.serving import run_emulator
from joanie.payment.backends.types import PaymentInfo
from joanie.payment.conformance.harness import Card, Fault, Forgery, Harness, Operation

# Seconds.
PATIENCE = 30
MEBIBYTE = 1024 * 1024

FAULTS: Mapping[Fault, Mapping[str, Any]] = {
    Fault.SERVER_ERROR: {"mode": "status", "status": 500},
    Fault.TOO_MANY: {"mode": "status", "status": 429},
    Fault.WRONG_KEY: {"mode": "status", "status": 401},
    Fault.HTML: {"mode": "html", "status": 200},
    Fault.LOST_BEFORE: {"mode": "reset"},
    Fault.LOST_AFTER: {"mode": "reset_after"},
    Fault.SILENT_BEFORE: {"mode": "timeout_before", "seconds": PATIENCE},
    Fault.SILENT_AFTER: {"mode": "timeout_after", "seconds": PATIENCE},
}
SIGNATURES: Mapping[Forgery, str] = {
    Forgery.UNSIGNED: MISSING,
    Forgery.WRONG_SECRET: WRONG,
    Forgery.OLD: OLD,
    Forgery.FROM_THE_FUTURE: FUTURE,
}


class EmulatedHarness(Harness):
    """``cards`` are ids of the provider's test cards; ``slow_card`` is one whose bank waits.

    ``operations`` are the endpoints of its API: of two, either may be the one that is called.
    ``unknown_status`` is what makes the wire format say a word that nobody knows.
    """

    cards: ClassVar[Mapping[Card, str]]
    operations: ClassVar[Mapping[Operation, str]]
    slow_card: ClassVar[str] = "slow"
    unknown_status: ClassVar[Mapping[str, Any]] = {"status": "teleported"}
    account_secrets: ClassVar[tuple[str, str]] = (
        "the-secret-of-the-first-account",
        "the-secret-of-the-second-account",
    )

    @abstractmethod
    def make_app(self) -> Flask:
        """Make the emulator, with ``account_secrets`` and a short ``retry_base``."""

    def change(self, body: bytes, forgery: Forgery) -> bytes:  # noqa: ARG002
        """Give a body with an unknown type, or of the other mode, as the wire format has it."""
        return body

    def sign(self, notification: Notification, event: Event) -> Notification:  # noqa: ARG002
        """Sign a body that was changed; nothing to do where the provider does not sign."""
        return notification

    # What is played ------------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator[None]:
        app = self.make_app()
        app.before_request(self._count)
        self._calls = 0
        self._is_slow = False
        self.emulator: Emulator = app.extensions[EMULATOR]
        self.state: State = app.extensions[STATE]
        with run_emulator(app) as self.base_url, self._browser() as self.http:
            yield

    def reset(self) -> None:
        self.emulator.controls.reset()
        self.emulator.forget()
        self._is_slow = False

    def notify_at(self, account: int, url: str) -> None:
        self.state.keep_endpoint(url, self.account(account))

    def account(self, number: int) -> Account:
        return self.state.accounts.numbered(number + 1)

    def find(self, reference: str) -> Payment:
        """Find what backends call by this reference."""
        return self.state.payment(reference)

    def _browser(self) -> httpx.Client:
        return httpx.Client(trust_env=False, follow_redirects=False, timeout=PATIENCE)

    def _count(self) -> None:
        if request.blueprint == API:
            self._calls += 1

    # The learner ---------------------------------------------------------------------------------

    def pay(self, info: PaymentInfo, card: Card, *, saves: bool = False) -> str:
        form = {"card": self.slow_card if self._is_slow else self.cards[card]}
        self._is_slow = False
        return self._follow(info["url"], form | ({"save_card": "on"} if saves else {}))

    def answer_challenge(self, url: str, *, confirms: bool) -> None:
        self._follow(url, {"action": "confirm" if confirms else "refuse"})

    def save_card(self, started: Mapping[str, Any], card: Card) -> None:
        self._follow(started["url"], {"card": self.cards[card]})

    def _follow(self, url: str, form: Mapping[str, str]) -> str:
        """Send a form; where it leads to another page of the provider, give its address."""
        response = self.http.post(url, data=dict(form))
        assert response.is_redirect or response.is_success, response.text
        location = str(response.next_request.url) if response.next_request else ""
        return location if location.startswith(self.base_url) else ""

    # The provider's staff, and the banks ---------------------------------------------------------

    def pay_after_all(self, reference: str) -> None:
        payment = self.find(reference)
        test_card = self.state.provider.test_cards[self.cards[Card.GOOD]]
        card = payment.card or UsedCard(test_card, payment.page.customer)
        payments.settle_payment(self.state, payment.id, ACCEPTED, announces=True, card=card)

    def expire(self, reference: str) -> None:
        payments.expire_payment(self.state, self.find(reference).id)

    def keep_processing(self) -> None:
        self._is_slow = True

    def finish_processing(self, reference: str, *, succeeds: bool) -> None:
        outcome = ACCEPTED if succeeds else self._decline()
        payments.complete_payment(self.state, self.find(reference).id, outcome)

    def _decline(self) -> Any:
        """Give a decline in the provider's words."""
        card = self.state.provider.test_cards[self.cards[Card.DECLINED]]
        return card.on_page if card.is_refused else declined("declined")

    def refund(self, reference: str, minor_units: int) -> None:
        refunds.refund_payment(
            self.state,
            self.find(reference).id,
            amount=minor_units,
            reference=None,
            status=RefundStatus.SUCCEEDED,
        )

    def fail_refund(self, refund_reference: str) -> None:
        refunds.settle_refund(self.state, refund_reference, RefundStatus.FAILED)

    def dispute(self, reference: str) -> str:
        return disputes.open_dispute(self.state, self.find(reference).id).id

    def decide_dispute(self, dispute_reference: str, *, is_won: bool) -> None:
        status = DisputeStatus.WON if is_won else DisputeStatus.LOST
        disputes.settle_dispute(self.state, dispute_reference, status)

    def drop_card(self, token: str) -> None:
        for account in self.state.accounts:
            if self.state.saved_card(token, account):
                self.state.delete_card(token, account)

    # What the provider has -----------------------------------------------------------------------

    def count_calls(self) -> int:
        return self._calls

    def count_paid(self) -> int:
        paid = PaymentStatus.SUCCEEDED
        return sum(payment.status is paid for payment in self.state.all_payments())

    def refunded(self, reference: str) -> int:
        return self.find(reference).amount_refunded

    def asked(self, reference: str) -> int:
        return self.find(reference).amount

    def can_be_paid(self, reference: str) -> bool:
        return self.find(reference).status in payments.OPEN

    def has_card(self, token: str) -> bool:
        return any(self.state.saved_card(token, account) for account in self.state.accounts)

    # Notifications -------------------------------------------------------------------------------

    def hold(self) -> None:
        self._instruct(hold=True)

    def let_go(self, *, backwards: bool = False) -> None:
        self._instruct(hold=False, reorder=backwards)
        self.emulator.deliveries.release()
        self.deliver()
        self._instruct(reorder=False)

    def lose_next(self, count: int = 1) -> None:
        self._instruct(drop=count)

    def duplicate(self, copies: int) -> None:
        self._instruct(duplicate=copies)

    def deliver(self) -> int:
        assert self.emulator.deliveries.wait_until_idle(PATIENCE), "Notifications are on their way"
        return len(self.emulator.deliveries.log())

    def send_again(self) -> None:
        self.emulator.deliveries.resend(self.emulator.deliveries.log()[-1]["id"])
        self.deliver()

    def forge(self, reference: str, url: str, forgery: Forgery) -> int:
        notification = self._forged(self.find(reference), url, forgery)
        attempt = self.emulator.deliveries.send_once(notification)
        # Whoever is not listened to any more cannot read why.
        return int(attempt.get("status", 413 if forgery is Forgery.HUGE else 0))

    def say_unknown_status(self, reference: str) -> None:
        payment = self.find(reference)
        payments.settle_payment(
            self.state,
            payment.id,
            ACCEPTED,
            announces=True,
            card=payment.card,
            overrides=self.unknown_status,
        )

    def _forged(self, payment: Payment, url: str, forgery: Forgery) -> Notification:
        told = replace(payment, status=PaymentStatus.SUCCEEDED, **self._other_ids(forgery))
        event = replace(
            self.state.event("payment.succeeded", told),
            url=url,
            signature=SIGNATURES.get(forgery, VALID),
        )
        notification = next(iter(self.state.provider.notifications(event)))
        match forgery:
            case Forgery.CHANGED:
                return replace(notification, body=notification.body + b" ")
            case Forgery.HUGE:
                return replace(notification, body=notification.body + b" " * MEBIBYTE)
            case Forgery.NOT_UNDERSTOOD:
                return self.sign(replace(notification, body=b"\xff not understood"), event)
            case Forgery.UNKNOWN_TYPE | Forgery.OTHER_MODE:
                body = self.change(notification.body, forgery)
                return self.sign(replace(notification, body=body), event)
        return notification

    def _other_ids(self, forgery: Forgery) -> dict[str, Any]:
        if forgery is Forgery.UNKNOWN_ID:
            unknown = self.state.provider.new_id("payment")
            return {"id": unknown, "reference": str(uuid.uuid4()), "aliases": ()}
        if forgery is Forgery.CRAFTED_ID:
            return {"id": "../cards/1", "reference": "../cards/1", "aliases": ()}
        return {}

    # Bad days ------------------------------------------------------------------------------------

    def fail(self, operation: Operation, fault: Fault, *, times: int = 1) -> None:
        told = {"operation": self.operations[operation], "times": times, **FAULTS[fault]}
        instructions = self._instructions()
        instructions["api"]["fail"].append(told)
        self._replace(instructions)

    def _instruct(self, **notifications: Any) -> None:
        instructions = self._instructions()
        instructions["notifications"].update(notifications)
        self._replace(instructions)

    def _instructions(self) -> dict[str, Any]:
        """Give what is in force, less what has been done."""
        instructions = self.emulator.controls.as_json()
        fail = [fault for fault in instructions["api"]["fail"] if fault["times"] != 0]
        return {
            **{name: value for name, value in instructions.items() if value is not None},
            "api": {"fail": fail},
        }

    def _replace(self, instructions: dict[str, Any]) -> None:
        self.emulator.controls.replace(instructions, operations=set(self.operations.values()))
