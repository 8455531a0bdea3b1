"""Amounts: what is one, what a currency can express, and the integers providers speak."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joanie.common.money import (
    MINOR_UNITS,
    InvalidAmount,
    Money,
    from_minor_units,
    is_representable,
    parse_money,
    round_to_minor_unit,
    to_minor_units,
    zero,
)

currencies = st.sampled_from(sorted(MINOR_UNITS))
units = st.integers(min_value=1 - 10**12, max_value=10**12 - 1)


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        ("120.00", "EUR", Money("120.00", "EUR")),
        (Decimal("0.01"), "EUR", Money("0.01", "EUR")),
        (15000, "JPY", Money(15000, "JPY")),
        ("15000.000", "JPY", Money(15000, "JPY")),
        ("12.345", "KWD", Money("12.345", "KWD")),
        ("1e3", "eur", Money(1000, "EUR")),
        (0.1, "EUR", Money("0.10", "EUR")),
        ("-20.00", "EUR", Money("-20.00", "EUR")),
        ("999999999999.99", "EUR", Money("999999999999.99", "EUR")),
        (" 1.00 ", "EUR", Money("1.00", "EUR")),
        (120, Money(0, "EUR").currency, Money(120, "EUR")),
    ],
)
def test_an_amount_is_read(amount: object, currency: object, money: Money) -> None:
    assert parse_money(amount, currency) == money


@pytest.mark.parametrize(
    "amount",
    [
        None,
        "",
        " ",
        "abc",
        "12,50",
        "12.50 EUR",
        "0x10",
        "--1",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "1e12",
        "1e-400",
        float("nan"),
        float("inf"),
        0.1 + 0.2,
        True,
        b"12.50",
        ["12.50"],
        {"amount": "12.50"},
    ],
    ids=repr,
)
def test_what_is_not_an_amount_is_refused(amount: Any) -> None:
    with pytest.raises(InvalidAmount):
        parse_money(amount, "EUR")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0.5", "JPY"), ("0.005", "EUR"), ("1.001", "EUR"), ("0.0005", "KWD"), ("0.01", "XOF")],
)
def test_an_amount_too_fine_for_its_currency_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(InvalidAmount, match="too fine"):
        parse_money(amount, currency)
    assert not is_representable(Money(amount, currency))
    with pytest.raises(InvalidAmount):
        to_minor_units(Money(amount, currency))


@pytest.mark.parametrize("currency", [None, "", "EURO", "€", "XAU", "XXX", "BTC", 978, "E\x00R"])
def test_an_unknown_currency_is_refused(currency: Any) -> None:
    with pytest.raises(InvalidAmount):
        parse_money("1.00", currency)
    with pytest.raises(InvalidAmount):
        from_minor_units(100, str(currency))


@pytest.mark.parametrize("amount", ["1e40", "Infinity", "-Infinity", "NaN"])
def test_what_cannot_be_reckoned_with_cannot_be_paid(amount: str) -> None:
    assert not is_representable(Money(amount, "EUR"))
    with pytest.raises(InvalidAmount):
        to_minor_units(Money(amount, "EUR"))


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        (Money("12.34", "EUR"), 1234),
        (Money("12.3", "EUR"), 1230),
        (Money("500", "JPY"), 500),
        (Money("1.234", "KWD"), 1234),
        (Money("-0.01", "EUR"), -1),
        (Money("0", "EUR"), 0),
    ],
)
def test_minor_units_are_those_of_iso_4217(money: Money, expected: int) -> None:
    assert to_minor_units(money) == expected
    assert from_minor_units(expected, str(money.currency)) == money


@given(units, currencies)
def test_minor_units_make_the_round_trip_in_every_currency(number: int, currency: str) -> None:
    money = from_minor_units(number, currency)
    assert to_minor_units(money) == number
    assert is_representable(money)
    assert from_minor_units(number, currency.lower()) == money
    assert -money.amount.as_tuple().exponent <= MINOR_UNITS[currency]


@given(units, currencies)
def test_what_is_written_is_read_again(number: int, currency: str) -> None:
    money = from_minor_units(number, currency)
    assert parse_money(str(money.amount), money.currency) == money


@given(st.decimals(-(10**9), 10**9, places=5), currencies)
def test_rounding_moves_by_half_a_unit_at_most(amount: Decimal, currency: str) -> None:
    rounded = round_to_minor_unit(Money(amount, currency))
    assert is_representable(rounded)
    assert abs(rounded.amount - amount) * 2 <= Decimal(1).scaleb(-MINOR_UNITS[currency])


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("10.005", "10.01"), ("10.004", "10.00"), ("-10.005", "-10.01"), ("0.005", "0.01")],
)
def test_halves_are_rounded_up(amount: str, rounded: str) -> None:
    assert round_to_minor_unit(Money(amount, "EUR")) == Money(rounded, "EUR")


@pytest.mark.parametrize("currency", ["EUR", Money(1, "JPY").currency])
def test_nothing_has_a_currency_too(currency: object) -> None:
    assert zero(currency) == Money(0, str(currency))
