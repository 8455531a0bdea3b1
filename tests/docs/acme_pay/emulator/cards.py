"""Test cards: those that Acme Pay documents, and who declines from them."""

from types import MappingProxyType

from joanie.emulators.kit.acquirer.cards import ACCEPTED, CHALLENGED, SLOW, TestCard, declined

# An id, a brand, the last numbers; what comes of it on the page, then in one click once saved.
_ALL = (
    TestCard("success", "Visa", "4242", ACCEPTED, ACCEPTED),
    TestCard("mastercard", "Mastercard", "4444", ACCEPTED, ACCEPTED),
    TestCard("three_d_secure", "Visa", "3155", CHALLENGED, CHALLENGED),
    TestCard("slow", "Mastercard", "1011", SLOW, SLOW),
    TestCard("declined_later", "Visa", "0341", ACCEPTED, declined("do_not_honor")),
    TestCard("declined", "Visa", "0002", declined("do_not_honor"), declined("do_not_honor")),
    TestCard("no_funds", "Visa", "9995", declined("no_funds"), declined("no_funds")),
)
TEST_CARDS = MappingProxyType({card.id: card for card in _ALL})
