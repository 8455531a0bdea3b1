"""The provider's memory: as long as its process lives, or as its file is there."""

import hmac
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from joanie.emulators.dummy import events
from joanie.emulators.dummy.cards import Card
from joanie.emulators.dummy.records import Account, CardSetup, Dispute, Payment, Refund
from joanie.emulators.dummy.state_file import (
    StateFile,
    as_record,
    read_card,
    read_payment,
    read_setup,
)
from joanie.emulators.kit.background import Background
from joanie.emulators.kit.controls import Controls
from joanie.emulators.kit.deliveries import Deliveries
from joanie.emulators.kit.errors import NotFoundError

LATEST = 100
PAYMENT, SETUP, CARD, TAKEN = "payment", "setup", "card", "taken"


class State:
    """Payments, setups and saved cards, by id. Verbs hold ``lock`` while they read and change."""

    def __init__(
        self,
        secrets: Sequence[str],
        *,
        controls: Controls,
        deliveries: Deliveries,
        background: Background,
        file: StateFile | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.controls = controls
        self.background = background
        self._deliveries = deliveries
        self._accounts = [Account(number, each) for number, each in enumerate(secrets, start=1)]
        self._payments: dict[str, Payment] = {}
        self._ids_by_reference: dict[tuple[Account, str], list[str]] = {}
        self._payment_ids_by_refund: dict[str, str] = {}
        self._setups: dict[str, CardSetup] = {}
        self._cards: dict[tuple[Account, str], Card] = {}
        self._taken: set[str] = set()
        self._file = file
        if file is not None:
            self._remember(file)

    def account(self, secret: str) -> Account | None:
        for account in self._accounts:
            if hmac.compare_digest(account.secret.encode(), secret.encode()):
                return account
        return None

    def payment(self, payment_id: str, account: Account | None = None) -> Payment:
        """Find a payment; with an account, only one of its own. Raises NotFoundError."""
        payment = self._payments.get(payment_id)
        if payment is None or (account is not None and payment.page.account != account):
            raise NotFoundError("payment")
        return payment

    def payments_with_reference(self, reference: str, account: Account) -> list[Payment]:
        with self.lock:
            ids = self._ids_by_reference.get((account, reference), ())
            return [self._payments[each] for each in ids]

    def payments_changed_since(
        self, moment: float, account: Account, after: str | None
    ) -> list[Payment]:
        """List what changed since, the oldest first; with ``after``, what was made after that."""
        with self.lock:
            mine = [each for each in self._payments.values() if each.page.account == account]
        if after is not None:
            ids = [payment.id for payment in mine]
            mine = mine[ids.index(self.payment(after, account).id) + 1 :]
        return [payment for payment in mine if payment.updated >= moment]

    def all_payments(self) -> list[Payment]:
        with self.lock:
            return list(self._payments.values())

    def latest_payments(self) -> list[Payment]:
        with self.lock:
            return list(self._payments.values())[: -LATEST - 1 : -1]

    def payment_of_refund(self, refund_id: str) -> tuple[Payment, Refund]:
        with self.lock:
            if refund_id not in self._payment_ids_by_refund:
                raise NotFoundError("refund")
            payment = self._payments[self._payment_ids_by_refund[refund_id]]
            return payment, next(each for each in payment.refunds if each.id == refund_id)

    def payment_of_dispute(self, dispute_id: str) -> tuple[Payment, Dispute]:
        with self.lock:
            for payment in self._payments.values():
                for dispute in payment.disputes:
                    if dispute.id == dispute_id:
                        return payment, dispute
        raise NotFoundError("dispute")

    def setup(self, setup_id: str, account: Account | None = None) -> CardSetup:
        setup = self._setups.get(setup_id)
        if setup is None or (account is not None and setup.page.account != account):
            raise NotFoundError("card setup")
        return setup

    def saved_card(self, token: str, account: Account) -> Card | None:
        return self._cards.get((account, token))

    def saved_cards(self, account: Account) -> list[Card]:
        with self.lock:
            return [card for (owner, _), card in self._cards.items() if owner == account]

    def keep_payment(self, payment: Payment, **changes: Any) -> Payment:
        changed = replace(payment, **{"updated": time.time(), **changes})
        self._know(changed)
        if self._file is not None:
            self._file.write(PAYMENT, payment.id, as_record(changed))
        return changed

    def keep_setup(self, setup: CardSetup, **changes: Any) -> CardSetup:
        changed = replace(setup, **changes)
        self._setups[setup.id] = changed
        if self._file is not None:
            self._file.write(SETUP, setup.id, as_record(changed))
        return changed

    def keep_card(self, card: Card, token: str, account: Account) -> None:
        self._cards[account, token] = card
        if self._file is not None:
            self._file.write(CARD, token, {"account": account.number, "card": asdict(card)})

    def delete_card(self, token: str, account: Account) -> None:
        if self._cards.pop((account, token), None) is None:
            raise NotFoundError("card")
        if self._file is not None:
            self._file.delete(CARD, token)

    def announce(
        self, event_type: str, payment: Payment, about: Refund | Dispute | None = None
    ) -> None:
        """Tell of a payment, or of a refund or dispute of it."""
        name = _name(event_type, payment, about)
        self._deliveries.send(
            events.make_notification(
                event_type,
                account=payment.page.account,
                url=payment.page.notification_url,
                payment=payment.as_json(),
                refund=about.as_json() if isinstance(about, Refund) else None,
                dispute=about.as_json() if isinstance(about, Dispute) else None,
                now=self._now,
                on_taken=partial(self._note_taken, name),
                name=name,
            )
        )

    def announce_unless_taken(
        self, event_type: str, payment: Payment, about: Refund | Dispute | None = None
    ) -> None:
        """Announce what the merchant has not taken, as far as the file tells."""
        if _name(event_type, payment, about) not in self._taken:
            self.announce(event_type, payment, about)

    def announce_saved_card(self, card: Card, setup: CardSetup) -> None:
        self._deliveries.send(
            events.make_notification(
                events.CARD_SAVED,
                account=setup.page.account,
                url=setup.page.notification_url,
                card=card.as_json(),
                now=self._now,
            )
        )

    def forget(self) -> None:
        with self.lock:
            self._payments.clear()
            self._ids_by_reference.clear()
            self._payment_ids_by_refund.clear()
            self._setups.clear()
            self._cards.clear()
            self._taken.clear()
            if self._file is not None:
                self._file.clear()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _know(self, payment: Payment) -> None:
        if payment.id not in self._payments:
            name = payment.page.account, payment.reference
            self._ids_by_reference.setdefault(name, []).append(payment.id)
        self._payments[payment.id] = payment
        for refund in payment.refunds:
            self._payment_ids_by_refund[refund.id] = payment.id

    def _now(self) -> int:
        """The time by the provider's clock, which may be told to be wrong."""
        return int(time.time()) + int(self.controls.own("clock_is_off"))

    def _note_taken(self, name: str) -> None:
        if self._file is not None:
            self._file.write(TAKEN, name, {})

    def _remember(self, file: StateFile) -> None:
        for _, record in file.read(PAYMENT):
            self._know(read_payment(record, self._accounts))
        for setup_id, record in file.read(SETUP):
            self._setups[setup_id] = read_setup(record, self._accounts)
        for token, record in file.read(CARD):
            card = read_card(record["card"])
            if card is not None:
                self._cards[self._accounts[record["account"] - 1], token] = card
        self._taken = {name for name, _ in file.read(TAKEN)}


def _name(event_type: str, payment: Payment, about: Refund | Dispute | None) -> str:
    return f"{event_type} {about.id if about else payment.id}"
