"""Test cards, nonces that are always there, and the amounts that decide.

https://developer.paypal.com/braintree/docs/reference/general/testing
"""

from collections.abc import Mapping
from types import MappingProxyType

from joanie.emulators.kit.acquirer.cards import (
    ACCEPTED,
    SLOW,
    Outcome,
    TestCard,
    declined,
)
from joanie.emulators.kit.amounts import decimals

AUTHENTICATION_REQUIRED = "2099"
NOT_AUTHENTICATED = "three_d_secure"
DUPLICATE = "duplicate"
DISPUTED = "disputed"

_ACCEPTED = (
    TestCard("visa", "Visa", "1111", ACCEPTED, ACCEPTED, number="4111111111111111"),
    TestCard("mastercard", "MasterCard", "4444", ACCEPTED, ACCEPTED, number="5555555555554444"),
    TestCard("amex", "American Express", "0005", ACCEPTED, ACCEPTED, number="378282246310005"),
    TestCard(DISPUTED, "Visa", "8028", ACCEPTED, ACCEPTED, number="4023898493988028"),
)
# Ours: there, the amount alone tells how a bank decides.
_OURS = (
    TestCard("declined_later", "Visa", "0341", ACCEPTED, declined("2000")),
    TestCard("lost_later", "Visa", "0342", ACCEPTED, declined("2012")),
    TestCard("slow", "MasterCard", "1011", SLOW, SLOW),
    TestCard(
        AUTHENTICATION_REQUIRED,
        "Visa",
        "2503",
        declined(AUTHENTICATION_REQUIRED),
        declined(AUTHENTICATION_REQUIRED),
        number="4000000000002503",
    ),
    TestCard("no_funds", "Visa", "2001", declined("2001"), declined("2001")),
    TestCard("expired", "Visa", "2004", declined("2004"), declined("2004"), has_expired=True),
    TestCard("lost", "Visa", "2012", declined("2012"), declined("2012")),
    TestCard("fraud", "Visa", "0400", declined("fraud"), declined("fraud")),
    TestCard("risk", "Visa", "0401", declined("risk_threshold"), declined("risk_threshold")),
    TestCard("failing", "JCB", "3000", declined("3000"), declined("3000")),
)
_REFUSED = (
    TestCard(
        "declined", "Visa", "1115", declined("2000"), declined("2000"), number="4000111111111115"
    ),
    TestCard(
        "declined_mastercard",
        "MasterCard",
        "5100",
        declined("2000"),
        declined("2000"),
        number="5105105105105100",
    ),
    TestCard(
        "declined_amex",
        "American Express",
        "1000",
        declined("2000"),
        declined("2000"),
        number="378734493671000",
    ),
)
TEST_CARDS = MappingProxyType({card.id: card for card in (*_ACCEPTED, *_OURS, *_REFUSED)})

# Always there, however often they are used: the card, and what its 3-D Secure came to.
_TWO = "fake-three-d-secure-two-visa"
FAKE_NONCES: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        "fake-valid-nonce": ("visa", None),
        "fake-valid-visa-nonce": ("visa", None),
        "fake-valid-mastercard-nonce": ("mastercard", None),
        "fake-valid-amex-nonce": ("amex", None),
        "fake-valid-debit-nonce": ("visa", None),
        "fake-processor-declined-visa-nonce": ("declined", None),
        "fake-processor-declined-mastercard-nonce": ("declined_mastercard", None),
        "fake-processor-declined-amex-nonce": ("declined_amex", None),
        "fake-processor-failure-jcb-nonce": ("failing", None),
        "fake-gateway-rejected-fraud-nonce": ("fraud", None),
        "fake-gateway-rejected-risk-thresholds-nonce": ("risk", None),
        f"{_TWO}-successful-frictionless-authentication-nonce": (
            "visa",
            "authenticate_successful",
        ),
        f"{_TWO}-successful-step-up-authentication-nonce": ("visa", "authenticate_successful"),
        f"{_TWO}-error-on-lookup-nonce": ("visa", "lookup_error"),
        "fake-three-d-secure-visa-failed-authentication-nonce": ("visa", "authenticate_failed"),
    }
)
CONSUMED_NONCE = "fake-consumed-nonce"
LUHN_INVALID_NONCE = "fake-luhn-invalid-nonce"

REJECTIONS = frozenset(
    {"application_incomplete", DUPLICATE, "fraud", "risk_threshold", NOT_AUTHENTICATED}
)


def outcome_by_amount(minor_units: int, currency: str) -> Outcome | None:
    """Say what the amount decides, if it does."""
    major, minor = divmod(minor_units, 10 ** decimals(currency))
    if 2000 <= major < 3000:
        return declined(str(major))
    if major == 3000 and not minor:
        return declined("3000")
    if major == 5001 and not minor:
        return declined("application_incomplete")
    return None


def is_approved_in_part(minor_units: int, currency: str) -> bool:
    """1004.00: the bank gives the half, say."""
    return minor_units == 1004 * int(10 ** decimals(currency))


def is_authenticated(three_d_secure: str | None) -> bool:
    return three_d_secure == "authenticate_successful"


def status_of_decline(code: str) -> str:
    if code in REJECTIONS:
        return "gateway_rejected"
    return "failed" if code == "3000" else "processor_declined"
