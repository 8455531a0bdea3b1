"""What the provider remembers. Records do not change: a change is a new record in the state.

They know no wire format. ``extra`` is JSON that only one provider has: metadata, a mode, whether
a payment has been settled.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.cards import Card
from joanie.emulators.kit.acquirer.status import (
    DisputeStatus,
    PaymentStatus,
    RefundStatus,
    SetupStatus,
)

Extra = Mapping[str, Any]
NOTHING: Extra = {}


@dataclass(frozen=True)
class Page:
    """What the merchant asks of a hosted page, for a payment and for a card setup alike.

    ``origin`` is the base URL that the merchant called. Without a ``notification_url`` of its
    own, it is told at the endpoint of its account.
    """

    account: Account
    origin: str
    language: str = "en"
    customer: str | None = None
    return_url: str = ""
    cancel_url: str = ""
    notification_url: str = ""


@dataclass(frozen=True)
class Refund:
    id: str
    payment: str
    amount: int
    currency: str
    reference: str | None
    status: RefundStatus
    failure_code: str | None = None
    created: float = field(default_factory=time.time)
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True)
class Dispute:
    id: str
    payment: str
    amount: int
    currency: str
    status: DisputeStatus = DisputeStatus.OPEN
    created: float = field(default_factory=time.time)
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True)
class Payment:
    """``amount`` is in minor units. ``saves_card`` is what the learner is offered, then chose.

    ``aliases`` are ids under which it is found as well: its checkout session's, say.
    ``overrides`` are fields that the controls want shown instead of the true ones: whoever writes
    the payment in its wire format puts them last.
    """

    id: str
    page: Page
    amount: int
    currency: str
    reference: str
    description: str
    saves_card: bool = False
    status: PaymentStatus = PaymentStatus.REQUIRES_PAYMENT
    failure_code: str | None = None
    card: Card | None = None
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    aliases: tuple[str, ...] = ()
    extra: Extra = field(default_factory=dict)

    @property
    def amount_refunded(self) -> int:
        return sum(each.amount for each in self.refunds if each.status is RefundStatus.SUCCEEDED)

    @property
    def refundable(self) -> int:
        """What can still be given back: pending refunds count as given, and the bank's too."""
        given = (each.amount for each in self.refunds if each.status is not RefundStatus.FAILED)
        return max(0, self.disputable - sum(given))

    @property
    def disputable(self) -> int:
        """What the bank can still take back: it does not ask whether it was refunded."""
        taken = (each.amount for each in self.disputes if each.status is not DisputeStatus.WON)
        return self.amount - sum(taken)


@dataclass(frozen=True)
class CardSetup:
    """A hosted page that saves a card and buys nothing."""

    id: str
    page: Page
    status: SetupStatus = SetupStatus.REQUIRES_CARD
    card: Card | None = None
    extra: Extra = field(default_factory=dict)
