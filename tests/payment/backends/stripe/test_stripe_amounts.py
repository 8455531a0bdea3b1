"""Amounts between us and Stripe, in every currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import MINOR_UNITS, InvalidAmount, Money, from_minor_units
from joanie.payment.backends.stripe.amounts import CURRENCIES, read_amount, write_amount

CASES = [
    ("19.90", "EUR", 1990),
    ("500", "JPY", 500),
    ("12.340", "KWD", 12340),
    ("500", "ISK", 50000),
    ("19.90", "HUF", 1990),
    ("19.90", "TWD", 1990),
]


@pytest.mark.parametrize(("amount", "currency", "units"), CASES)
def test_an_amount_is_written_and_read_again(amount: str, currency: str, units: int) -> None:
    money = Money(Decimal(amount), currency)
    assert write_amount(money) == units
    assert read_amount(units, currency.lower()) == money


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**6))
def test_what_is_written_is_what_is_read(currency: str, tens: int) -> None:
    money = from_minor_units(tens * 10, currency)
    assert read_amount(write_amount(money), currency) == money


def test_the_third_decimal_has_to_be_a_zero() -> None:
    with pytest.raises(InvalidAmount):
        write_amount(Money("1.005", "KWD"))


def test_a_fraction_of_a_krona_cannot_have_come() -> None:
    with pytest.raises(ProviderProtocolError):
        read_amount(50001, "isk")


@pytest.mark.parametrize("units", [None, "x", 0, -1, True, 1.5, "1990.0"])
def test_what_is_no_amount_is_not_understood(units: object) -> None:
    with pytest.raises(ProviderProtocolError):
        read_amount(units, "eur")
    with pytest.raises(ProviderProtocolError):
        read_amount(units, "isk")


def test_what_nobody_is_sure_of_is_not_offered() -> None:
    assert not {"UGX", "MGA", "IQD"} & CURRENCIES
    assert set(MINOR_UNITS) >= CURRENCIES
