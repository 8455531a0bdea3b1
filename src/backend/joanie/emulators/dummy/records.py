"""What the provider remembers. Records do not change: a change is a new record in the state."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joanie.emulators.dummy.cards import Card
from joanie.emulators.dummy.status import (
    DisputeStatus,
    PaymentStatus,
    RefundStatus,
    SetupStatus,
)


@dataclass(frozen=True)
class Account:
    """One merchant. Its secret opens the API and signs its notifications."""

    number: int
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Page:
    """What the merchant asks of a hosted page, for a payment and for a card setup alike."""

    account: Account
    origin: str
    language: str
    customer: str | None
    return_url: str
    cancel_url: str
    notification_url: str


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

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "refund",
            "payment": self.payment,
            "amount": self.amount,
            "currency": self.currency,
            "status": self.status,
            "reference": self.reference,
            "failure_code": self.failure_code,
            "created": int(self.created),
        }


@dataclass(frozen=True)
class Dispute:
    id: str
    payment: str
    amount: int
    currency: str
    status: DisputeStatus = DisputeStatus.OPEN
    created: float = field(default_factory=time.time)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "dispute",
            "payment": self.payment,
            "amount": self.amount,
            "currency": self.currency,
            "status": self.status,
            "created": int(self.created),
        }


@dataclass(frozen=True)
class Payment:
    """``saves_card`` is what the learner is offered, then what they chose.

    ``overrides`` are fields that the controls want shown instead of the true ones.
    """

    id: str
    page: Page
    amount: int
    currency: str
    reference: str
    description: str
    saves_card: bool
    status: PaymentStatus = PaymentStatus.REQUIRES_PAYMENT
    failure_code: str | None = None
    card: Card | None = None
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)

    @property
    def url(self) -> str | None:
        """Where the learner has to go; nowhere when nothing is asked of them."""
        if self.status is PaymentStatus.REQUIRES_PAYMENT:
            return f"{self.page.origin}/pay/{self.id}"
        if self.status is PaymentStatus.REQUIRES_ACTION:
            return f"{self.page.origin}/pay/{self.id}/challenge"
        return None

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

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "payment",
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
            "reference": self.reference,
            "description": self.description,
            "url": self.url,
            "failure_code": self.failure_code,
            "card": self.card.as_json() if self.card else None,
            "amount_refunded": self.amount_refunded,
            "refunds": [refund.as_json() for refund in self.refunds],
            "disputes": [dispute.as_json() for dispute in self.disputes],
            "created": int(self.created),
            "updated": int(self.updated),
            **self.overrides,
        }


@dataclass(frozen=True)
class CardSetup:
    """A hosted page that saves a card and buys nothing."""

    id: str
    page: Page
    status: SetupStatus = SetupStatus.REQUIRES_CARD
    card: Card | None = None

    @property
    def url(self) -> str:
        return f"{self.page.origin}/setup/{self.id}"

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "card_setup",
            "status": self.status,
            "url": self.url,
            "card": self.card.as_json() if self.card else None,
        }
