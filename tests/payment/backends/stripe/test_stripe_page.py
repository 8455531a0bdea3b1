"""What the reference page says of Stripe is what the code does."""

from pathlib import Path

from joanie.emulators.stripe.cards import TEST_CARDS
from joanie.payment.backends.stripe.amounts import CURRENCIES
from joanie.payment.backends.stripe.client import API_VERSION
from joanie.payment.backends.stripe.events import EVENTS

PAGE = Path("docs/reference/providers/stripe.md").read_text(encoding="utf-8")


def test_the_page_lists_every_event_that_is_acted_on() -> None:
    listed = PAGE.partition("```text")[2].partition("```")[0].split()
    assert sorted(listed) == sorted(EVENTS)


def test_the_page_counts_the_currencies_and_names_the_version() -> None:
    assert f"| currencies | {len(CURRENCIES)}:" in PAGE
    assert f"`{API_VERSION}`" in PAGE


def test_the_page_names_the_cards() -> None:
    named = [card for card in TEST_CARDS if f"`{card}`" in PAGE]
    left_out = set(TEST_CARDS) - set(named)
    # They are with their like: “`pm_card_…LostCard`, `…StolenCard`”.
    assert left_out == {
        "pm_card_visa_chargeDeclinedStolenCard",
        "pm_card_threeDSecureRequiredProcessingError",
    }
