from decimal import Decimal

import pytest

from joanie.common.money import Money
from joanie.payment.documents.formats import (
    country_name,
    get_locale,
    in_money,
    in_percent,
    language_of_characters,
)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("1234.5", "EUR", "en", "€1,234.50"),
        ("-1234.5", "EUR", "en", "-€1,234.50"),
        ("1234.5", "EUR", "fr", "1\u202f234,50\xa0€"),
        ("1234.5", "EUR", "de", "1.234,50\xa0€"),
        ("1234", "JPY", "en", "JP¥1,234"),
        ("1234", "JPY", "fr", "1\u202f234\xa0JPY"),
        ("0", "KWD", "en", "KWD\xa00.000"),
        ("1.5", "KWD", "fr", "1,500\xa0KWD"),
        ("-1.234", "IQD", "en", "-IQD\xa01.234"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(
    amount: str, currency: str, language: str, text: str
) -> None:
    assert in_money(Money(amount, currency), get_locale(language)) == text


@pytest.mark.parametrize(
    ("rate", "language", "text"),
    [
        ("20.00", "en", "20%"),
        ("0.00", "en", "0%"),
        ("2.10", "en", "2.1%"),
        ("5.50", "fr", "5,5\xa0%"),
    ],
)
def test_rates_keep_their_fraction(rate: str, language: str, text: str) -> None:
    assert in_percent(Decimal(rate), get_locale(language)) == text


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en", "en_001"), ("en-us", "en_US"), ("fr", "fr"), ("zh-hans", "zh_Hans"), ("xx", "en_001")],
)
def test_locale_of_a_language(language: str, locale: str) -> None:
    assert str(get_locale(language)) == locale


def test_country_without_a_name_keeps_its_code() -> None:
    assert country_name("X1", get_locale("fr")) == "X1"
    assert country_name("JP", get_locale("fr")) == "Japon"


def test_characters_of_a_japanese_address_are_japanese() -> None:
    assert language_of_characters("JP") == "ja"
    assert not language_of_characters("FR")
