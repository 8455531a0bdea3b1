"""The provider's memory: as long as its process lives, or as its file is there."""

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from joanie.emulators.kit.acquirer.accounts import Account, Accounts
from joanie.emulators.kit.acquirer.cards import Card
from joanie.emulators.kit.acquirer.events import CARD_SAVED, SETUP_EXPIRED, Event
from joanie.emulators.kit.acquirer.notes import Notes
from joanie.emulators.kit.acquirer.provider import Provider
from joanie.emulators.kit.acquirer.records import CardSetup, Dispute, Payment, Refund
from joanie.emulators.kit.acquirer.state_file import RecordReader, StateFile, as_record
from joanie.emulators.kit.background import Background
from joanie.emulators.kit.controls import Controls
from joanie.emulators.kit.deliveries import Deliveries
from joanie.emulators.kit.errors import NotFoundError

LATEST = 100
PAYMENT, SETUP, CARD, TAKEN = "payment", "setup", "card", "taken"
ENDPOINT = "endpoint"


class State:
    """Payments, setups and saved cards, by id. Verbs hold ``lock`` while they read and change.

    ``notes`` are what only this provider keeps: its customers, its nonces.
    """

    def __init__(
        self,
        provider: Provider,
        accounts: Accounts,
        *,
        controls: Controls,
        deliveries: Deliveries,
        background: Background,
        file: StateFile | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.provider = provider
        self.accounts = accounts
        self.controls = controls
        self.background = background
        self.notes = Notes(accounts, file)
        self._deliveries = deliveries
        self._payments: dict[str, Payment] = {}
        self._ids_by_alias: dict[str, str] = {}
        self._ids_by_reference: dict[tuple[Account, str], list[str]] = {}
        self._payment_ids_by_refund: dict[str, str] = {}
        self._setups: dict[str, CardSetup] = {}
        self._cards: dict[tuple[Account, str], Card] = {}
        self._endpoints: dict[Account, str] = {}
        self._taken: set[str] = set()
        self._file = file
        if file is not None:
            self._remember(file)

    def payment(self, payment_id: str, account: Account | None = None) -> Payment:
        """Find a payment by its id or an alias; with an account, only one of its own.

        Raises NotFoundError.
        """
        payment = self._payments.get(self._ids_by_alias.get(payment_id, payment_id))
        if payment is None or (account is not None and payment.page.account != account):
            raise NotFoundError("payment")
        return payment

    def payments_with_reference(self, reference: str, account: Account) -> list[Payment]:
        with self.lock:
            ids = self._ids_by_reference.get((account, reference), ())
            return [self._payments[each] for each in ids]

    def payments_of(self, account: Account) -> list[Payment]:
        """List them all, the oldest first."""
        with self.lock:
            return [each for each in self._payments.values() if each.page.account == account]

    def payments_changed_since(
        self, moment: float, account: Account, after: str | None
    ) -> list[Payment]:
        """List what changed since, the oldest first; with ``after``, what was made after that."""
        mine = self.payments_of(account)
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

    def endpoint(self, account: Account) -> str:
        """Say where the account is told what happened, when a payment does not say it."""
        return self._endpoints.get(account, "")

    def keep_payment(self, payment: Payment, **changes: Any) -> Payment:
        changed = replace(payment, **{"updated": time.time(), **changes})
        self._know(changed)
        self._write(PAYMENT, payment.id, as_record(changed))
        return changed

    def keep_setup(self, setup: CardSetup, **changes: Any) -> CardSetup:
        changed = replace(setup, **changes)
        self._setups[setup.id] = changed
        self._write(SETUP, setup.id, as_record(changed))
        return changed

    def keep_card(self, card: Card, token: str, account: Account) -> None:
        self._cards[account, token] = card
        self._write(CARD, token, {"account": account.number, "card": asdict(card)})

    def delete_card(self, token: str, account: Account) -> None:
        if self._cards.pop((account, token), None) is None:
            raise NotFoundError("card")
        if self._file is not None:
            self._file.delete(CARD, token)

    def keep_endpoint(self, url: str, account: Account) -> None:
        """Tell the account there from now on; an empty URL is nowhere."""
        self._endpoints[account] = url
        self._write(ENDPOINT, str(account.number), {"url": url})

    def announce(
        self, event_name: str, payment: Payment, about: Refund | Dispute | None = None
    ) -> None:
        """Tell of a payment, or of a refund or dispute of it."""
        self._send(self.event(event_name, payment, about))

    def announce_unless_taken(
        self, event_name: str, payment: Payment, about: Refund | Dispute | None = None
    ) -> None:
        """Announce what the merchant has not taken, as far as the file tells."""
        self._send(self.event(event_name, payment, about), but_not=self._taken)

    def announce_saved_card(self, card: Card, setup: CardSetup) -> None:
        account = setup.page.account
        url = setup.page.notification_url or self.endpoint(account)
        self._send(Event(CARD_SAVED, account, url, self.now, card=card, setup=setup))

    def announce_expired_setup(self, setup: CardSetup) -> None:
        account = setup.page.account
        url = setup.page.notification_url or self.endpoint(account)
        self._send(Event(SETUP_EXPIRED, account, url, self.now, setup=setup))

    def event(self, name: str, payment: Payment, about: Refund | Dispute | None = None) -> Event:
        account = payment.page.account
        return Event(
            name,
            account,
            payment.page.notification_url or self.endpoint(account),
            self.now,
            payment=payment,
            refund=about if isinstance(about, Refund) else None,
            dispute=about if isinstance(about, Dispute) else None,
        )

    def now(self) -> int:
        """The time by the provider's clock, which may be told to be wrong."""
        return int(time.time()) + int(self.controls.own("clock_is_off"))

    def forget(self) -> None:
        """Forget everything but where to tell of it."""
        with self.lock:
            self._payments.clear()
            self._ids_by_alias.clear()
            self._ids_by_reference.clear()
            self._payment_ids_by_refund.clear()
            self._setups.clear()
            self._cards.clear()
            self._taken.clear()
            self.notes.forget()
            if self._file is not None:
                self._file.clear(but=ENDPOINT)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _know(self, payment: Payment) -> None:
        if payment.id not in self._payments:
            name = payment.page.account, payment.reference
            self._ids_by_reference.setdefault(name, []).append(payment.id)
        self._payments[payment.id] = payment
        self._ids_by_alias.update(dict.fromkeys(payment.aliases, payment.id))
        for refund in payment.refunds:
            self._payment_ids_by_refund[refund.id] = payment.id

    def _send(self, event: Event, but_not: frozenset[str] | set[str] = frozenset()) -> None:
        if not event.url:
            return
        for number, notification in enumerate(self.provider.notifications(event)):
            label = f"{event.label} {notification.event_type}" if number else event.label
            if not label:
                self._deliveries.send(notification)
            elif label not in but_not:
                taken = partial(self._note_taken, label)
                self._deliveries.send(replace(notification, name=label, on_taken=taken))

    def _note_taken(self, label: str) -> None:
        self._write(TAKEN, label, {})

    def _write(self, kind: str, record_id: str, content: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(kind, record_id, content)

    def _remember(self, file: StateFile) -> None:
        read = RecordReader(self.accounts, self.provider.test_cards)
        for _, record in file.read(PAYMENT):
            self._know(read.payment(record))
        for setup_id, record in file.read(SETUP):
            self._setups[setup_id] = read.setup(record)
        for token, record in file.read(CARD):
            card = read.card(record["card"])
            if card is not None:
                self._cards[self.accounts.numbered(record["account"]), token] = card
        for number, record in file.read(ENDPOINT):
            self._endpoints[self.accounts.numbered(int(number))] = record["url"]
        self._taken = {label for label, _ in file.read(TAKEN)}
