"""Test cards: who decides how a payment ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from joanie.emulators.kit.acquirer.status import PaymentStatus


@dataclass(frozen=True)
class Outcome:
    """``failure_code`` is in the provider's own words."""

    status: PaymentStatus
    failure_code: str | None = None


ACCEPTED = Outcome(PaymentStatus.SUCCEEDED)
CHALLENGED = Outcome(PaymentStatus.REQUIRES_ACTION)
SLOW = Outcome(PaymentStatus.PROCESSING)


def declined(failure_code: str) -> Outcome:
    return Outcome(PaymentStatus.FAILED, failure_code)


@dataclass(frozen=True)
class TestCard:
    """A card as its bank decides: on the hosted page, then in one click once it is saved.

    ``number`` is what the provider documents, if it does; ``after_challenge`` is what comes of a
    challenge that was confirmed.
    """

    __test__ = False  # not a test case, whatever pytest makes of the name

    id: str
    brand: str
    last_numbers: str
    on_page: Outcome
    in_one_click: Outcome
    has_expired: bool = False
    number: str = ""
    after_challenge: Outcome = ACCEPTED

    @property
    def is_refused(self) -> bool:
        return self.on_page.status is PaymentStatus.FAILED


@dataclass(frozen=True)
class Card:
    """A card that a payment used. It has a token once it is saved.

    ``extra``, here and in the records, is JSON that only one provider has.
    """

    test_card: TestCard
    customer: str | None
    token: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def expiration_month(self) -> int:
        return 12

    @property
    def expiration_year(self) -> int:
        this_year = datetime.now(UTC).year
        return this_year - 1 if self.test_card.has_expired else this_year + 3
