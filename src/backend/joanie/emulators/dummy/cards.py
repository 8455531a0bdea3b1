"""The test cards and the magic amounts: who decides how a payment ends."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from joanie.emulators.dummy.status import PaymentStatus


@dataclass(frozen=True)
class Outcome:
    status: PaymentStatus
    failure_code: str | None = None


ACCEPTED = Outcome(PaymentStatus.SUCCEEDED)
CHALLENGED = Outcome(PaymentStatus.REQUIRES_ACTION)
SLOW = Outcome(PaymentStatus.PROCESSING)


def declined(failure_code: str) -> Outcome:
    return Outcome(PaymentStatus.FAILED, failure_code)


@dataclass(frozen=True)
class TestCard:
    """A card as its bank decides: on the hosted page, then in one click once it is saved."""

    __test__ = False  # not a test case, whatever pytest makes of the name

    id: str
    brand: str
    last_numbers: str
    on_page: Outcome
    in_one_click: Outcome
    has_expired: bool = False

    @property
    def is_refused(self) -> bool:
        return self.on_page.status is PaymentStatus.FAILED


DECLINES = (
    "declined",
    "insufficient_funds",
    "expired_card",
    "lost_or_stolen",
    "invalid_card",
    "incorrect_data",
    "authentication_required",
    "authentication_failed",
    "limit_exceeded",
    "fraud_suspected",
    "processing_error",
    "undocumented_code",
)
_ACCEPTED_ON_PAGE = (
    TestCard("success", "Visa", "4242", ACCEPTED, ACCEPTED),
    TestCard("success_mastercard", "Mastercard", "4444", ACCEPTED, ACCEPTED),
    TestCard("three_d_secure", "Visa", "3155", CHALLENGED, CHALLENGED),
    TestCard("slow", "Mastercard", "1011", SLOW, SLOW),
    TestCard("declined_later", "Visa", "0341", ACCEPTED, declined("declined")),
    TestCard("lost_later", "Mastercard", "0342", ACCEPTED, declined("lost_or_stolen")),
)
_REFUSED_ON_PAGE = tuple(
    TestCard(code, "Visa", f"{number:04}", declined(code), declined(code), code == "expired_card")
    for number, code in enumerate(DECLINES, start=1)
)
TEST_CARDS = MappingProxyType({card.id: card for card in (*_ACCEPTED_ON_PAGE, *_REFUSED_ON_PAGE)})

# Minor units of any currency: amounts that no catalogue has. They win over the card.
REFUSED_AT_CREATION = 100_004
MAGIC_AMOUNTS = MappingProxyType(
    {
        100_001: declined("declined"),
        100_002: declined("insufficient_funds"),
        100_003: CHALLENGED,
        REFUSED_AT_CREATION: declined("declined"),
        100_005: SLOW,
    }
)


def outcome_on_page(amount: int, test_card: TestCard) -> Outcome:
    return MAGIC_AMOUNTS.get(amount, test_card.on_page)


def outcome_in_one_click(amount: int, test_card: TestCard) -> Outcome:
    return MAGIC_AMOUNTS.get(amount, test_card.in_one_click)


@dataclass(frozen=True)
class Card:
    """A card that a payment used. It has a token once it is saved."""

    test_card: TestCard
    customer: str | None
    token: str | None = None

    def as_json(self) -> dict[str, Any]:
        this_year = datetime.now(UTC).year
        return {
            "token": self.token,
            "brand": self.test_card.brand,
            "last_numbers": self.test_card.last_numbers,
            "expiration_month": 12,
            "expiration_year": this_year - 1 if self.test_card.has_expired else this_year + 3,
            "saved": self.token is not None,
            "customer": self.customer,
        }
