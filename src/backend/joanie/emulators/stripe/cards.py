"""Stripe's own test cards: https://docs.stripe.com/testing.

The ids are what Stripe's tests call them in place of a number. The codes are decline codes, where
there is one.
"""

from types import MappingProxyType

from joanie.emulators.kit.acquirer.cards import (
    ACCEPTED,
    CHALLENGED,
    SLOW,
    Outcome,
    TestCard,
    declined,
)

PENDING_REFUND = "pm_card_pendingRefund"
SLOW_CARD = "pm_slow"


def _visa(name: str, number: str, on_page: Outcome, later: Outcome | None = None) -> TestCard:
    return TestCard(
        f"pm_card_{name}", "Visa", number[-4:], on_page, later or on_page, number=number
    )


def _refused(name: str, number: str, code: str) -> TestCard:
    return _visa(name, number, declined(code))


def _challenged_then(name: str, number: str, code: str) -> TestCard:
    return TestCard(
        f"pm_card_{name}",
        "Visa",
        number[-4:],
        CHALLENGED,
        CHALLENGED,
        number=number,
        after_challenge=declined(code),
    )


_ALL = (
    _visa("visa", "4242424242424242", ACCEPTED),
    TestCard(
        "pm_card_mastercard", "Mastercard", "4444", ACCEPTED, ACCEPTED, number="5555555555554444"
    ),
    TestCard(
        "pm_card_amex", "American Express", "8431", ACCEPTED, ACCEPTED, number="371449635398431"
    ),
    _visa("authenticationRequired", "4000002760003184", CHALLENGED),
    _visa("authenticationRequiredOnSetup", "4000002500003155", CHALLENGED, ACCEPTED),
    _visa("threeDSecure2Required", "4000000000003220", CHALLENGED),
    _visa("chargeCustomerFail", "4000000000000341", ACCEPTED, declined("generic_decline")),
    # Not one of Stripe's: it stands for means of payment that take days, such as direct debits.
    TestCard(SLOW_CARD, "Visa", "0000", SLOW, SLOW),
    _visa("pendingRefund", "4000000000007726", ACCEPTED),
    _refused("visa_chargeDeclined", "4000000000000002", "generic_decline"),
    _refused("visa_chargeDeclinedInsufficientFunds", "4000000000009995", "insufficient_funds"),
    _refused("visa_chargeDeclinedLostCard", "4000000000009987", "lost_card"),
    _refused("visa_chargeDeclinedStolenCard", "4000000000009979", "stolen_card"),
    _refused("chargeDeclinedExpiredCard", "4000000000000069", "expired_card"),
    _refused("chargeDeclinedIncorrectCvc", "4000000000000127", "incorrect_cvc"),
    _refused("chargeDeclinedProcessingError", "4000000000000119", "processing_error"),
    _refused(
        "visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", "card_velocity_exceeded"
    ),
    _challenged_then(
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        "4000008260003178",
        "insufficient_funds",
    ),
    _challenged_then("threeDSecureRequiredChargeDeclined", "4000008400001629", "generic_decline"),
    _challenged_then(
        "threeDSecureRequiredProcessingError", "4000008400001280", "processing_error"
    ),
)
TEST_CARDS = MappingProxyType({card.id: card for card in _ALL})
