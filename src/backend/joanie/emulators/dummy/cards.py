"""The test cards and the magic amounts: who decides how a payment ends."""

from types import MappingProxyType

from joanie.emulators.kit.acquirer.cards import (
    ACCEPTED,
    CHALLENGED,
    SLOW,
    TestCard,
    declined,
)

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
