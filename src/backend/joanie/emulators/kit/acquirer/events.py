"""What has happened, in the kit's words, before a provider says it in its own."""

from collections.abc import Callable
from dataclasses import dataclass

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.cards import Card
from joanie.emulators.kit.acquirer.records import CardSetup, Dispute, Payment, Refund
from joanie.emulators.kit.acquirer.status import DisputeStatus, RefundStatus

REFUND_EVENTS = frozenset(f"refund.{status}" for status in RefundStatus)
DISPUTE_EVENTS = frozenset(f"dispute.{status}" for status in DisputeStatus)
CARD_SAVED, SETUP_EXPIRED = "card.saved", "setup.expired"

VALID, WRONG, MISSING, OLD, FUTURE = "valid", "wrong", "missing", "old", "future"
SIGNATURES = (VALID, WRONG, MISSING, OLD, FUTURE)
AN_HOUR = 3600
_HOURS_AWAY = {OLD: -AN_HOUR, FUTURE: AN_HOUR}


@dataclass(frozen=True)
class Event:
    """``name`` is such as ``payment.succeeded``, ``refund.pending``, ``dispute.lost``.

    ``card.saved`` is about a card and its setup; ``setup.expired``, which few tell, about a setup.

    ``now`` is the provider's clock. ``signature`` is how a forger signs it: a provider that takes
    its secret and its moment through ``secret`` and ``signed_at`` forges as told.
    """

    name: str
    account: Account
    url: str
    now: Callable[[], int]
    payment: Payment | None = None
    refund: Refund | None = None
    dispute: Dispute | None = None
    card: Card | None = None
    setup: CardSetup | None = None
    signature: str = VALID

    @property
    def is_unsigned(self) -> bool:
        return self.signature == MISSING

    def secret(self, secret: str) -> str:
        """Give the account's secret, or somebody else's."""
        return f"not {secret}" if self.signature == WRONG else secret

    def signed_at(self) -> int:
        """Give the moment to sign, in seconds since 1970: now, or an hour away."""
        return self.now() + _HOURS_AWAY.get(self.signature, 0)

    @property
    def label(self) -> str:
        """Name the event in this life of the emulator and in the next; a saved card has none."""
        about = self.refund or self.dispute or self.payment
        return f"{self.name} {about.id}" if about else ""
