"""Test cards. PayPlug documents two that are accepted; who declines is of our own making."""

from types import MappingProxyType

from joanie.emulators.kit.acquirer.cards import (
    ACCEPTED,
    CHALLENGED,
    TestCard,
    declined,
)

DECLINES = (
    "card_declined",
    "insufficient_funds",
    "3ds_declined",
    "incorrect_number",
    "fraud_suspected",
    "method_unsupported",
    "card_scheme_mismatch",
    "processing_error",
)
_ACCEPTED = (
    TestCard("success", "Visa", "4242", ACCEPTED, ACCEPTED, number="4242 4242 4242 4242"),
    TestCard("mastercard", "Mastercard", "1800", ACCEPTED, ACCEPTED, number="5017 6700 0000 1800"),
    TestCard("three_d_secure", "CB", "3155", CHALLENGED, CHALLENGED),
    TestCard("declined_later", "Visa", "0341", ACCEPTED, declined("card_declined")),
)
_REFUSED = tuple(
    TestCard(code, "Visa", f"{number:04}", declined(code), declined(code))
    for number, code in enumerate(DECLINES, start=1)
)
TEST_CARDS = MappingProxyType({card.id: card for card in (*_ACCEPTED, *_REFUSED)})
