"""Amounts, rates, dates and countries as people who read a language write them."""

import copy
import re
from datetime import date
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_percent

from joanie.common.money import MINOR_UNITS, Money

# English of no country: "21 November 2026", where that of the United States has "November 21".
INTERNATIONAL_ENGLISH = Locale.parse("en_001")

_LANGUAGES_OF_CHARACTERS = {
    "CN": "zh-CN",
    "HK": "zh-HK",
    "JP": "ja",
    "KR": "ko",
    "MO": "zh-HK",
    "SG": "zh-CN",
    "TW": "zh-TW",
}
_BETWEEN_LETTER_AND_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def get_locale(language: str) -> Locale:
    """Find the locale of a Django language code; international English when there is none."""
    if language == "en":
        return INTERNATIONAL_ENGLISH
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return INTERNATIONAL_ENGLISH


def in_money(money: Money, locale: Locale) -> str:
    """Write an amount with the decimals of ISO 4217, as the ledger counts.

    Babel's own follow the use of cash: none for the Iraqi dinar, which has three. It also leaves
    out the space of https://unicode.org/reports/tr35/tr35-numbers.html#Currencies ("KWD 1").
    """
    currency = str(money.currency)
    pattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (MINOR_UNITS[currency], MINOR_UNITS[currency])
    text = pattern.apply(money.amount, locale, currency=currency, currency_digits=False)
    return _BETWEEN_LETTER_AND_DIGIT.sub("\N{NO-BREAK SPACE}", text)


def in_percent(rate: Decimal, locale: Locale) -> str:
    """Write 5.50 as 5.5%."""
    return format_percent(rate / 100, locale=locale, decimal_quantization=False)


def in_words(day: date, locale: Locale) -> str:
    """Write a date with the name of its month."""
    return format_date(day, "long", locale=locale)


def country_name(code: str, locale: Locale) -> str:
    name: str = locale.territories.get(code, code)
    return name


def language_of_characters(country: str) -> str:
    """Tell in which language's shapes the Chinese characters of an address are drawn, if any."""
    return _LANGUAGES_OF_CHARACTERS.get(country, "")
