"""Money: an amount and its ISO 4217 currency, never a float.

``MoneyField`` is the only money column in the project. Its currency list is the one below and not
the host's ``CURRENCIES`` setting, which would otherwise make migrations in our apps.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from djmoney.models.fields import CurrencyField
from djmoney.models.fields import MoneyField as DjangoMoneyField
from djmoney.money import Money

__all__ = [
    "MINOR_UNITS",
    "InvalidAmount",
    "Money",
    "MoneyField",
    "from_minor_units",
    "is_representable",
    "parse_money",
    "round_to_minor_unit",
    "to_minor_units",
    "zero",
]

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO_DECIMALS = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD
MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON
RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD
TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW
"""
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"

# ISO 4217: how many decimals a currency has.
MINOR_UNITS = MappingProxyType(
    {
        **dict.fromkeys(_NO_DECIMALS.split(), 0),
        **dict.fromkeys(_TWO_DECIMALS.split(), 2),
        **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    }
)
CURRENCY_CHOICES = [(code, code) for code in sorted(MINOR_UNITS)]


class InvalidAmount(ValueError):
    """Not an amount of this currency: not a number, too fine, too large, or no such currency."""


def _unit(currency: str) -> Decimal:
    try:
        return Decimal(1).scaleb(-MINOR_UNITS[currency])
    except KeyError as error:
        raise InvalidAmount(
            f"{currency!r} is not an ISO 4217 currency that Joanie knows"
        ) from error


def zero(currency: object) -> Money:
    return Money(0, str(currency))


def round_to_minor_unit(money: Money) -> Money:
    """Round half-up to what the currency can express: 10.005 EUR is 10.01 EUR."""
    unit = _unit(str(money.currency))
    return Money(money.amount.quantize(unit, rounding=ROUND_HALF_UP), money.currency)


def is_representable(money: Money) -> bool:
    """Say whether the currency can express the amount: half a yen cannot be paid.

    Raises InvalidAmount on an unknown currency.
    """
    try:
        return bool(money.amount == round_to_minor_unit(money).amount)
    except InvalidOperation:  # infinite, or with more digits than can be reckoned with
        return False


def parse_money(amount: object, currency: object) -> Money:
    """Read an amount in major units (``Decimal``, ``int``, ``str``; a float is read as printed).

    Raises InvalidAmount when it is not a finite number, when the currency is unknown, or when the
    currency cannot express it.
    """
    try:
        number = Decimal(str(amount))
    except InvalidOperation as error:
        raise InvalidAmount(f"{amount!r} is not an amount") from error
    if not number.is_finite() or abs(number) >= MoneyField.LIMIT:
        raise InvalidAmount(f"{amount!r} is not an amount")
    code = str(currency).upper()
    if number != number.quantize(_unit(code), rounding=ROUND_HALF_UP):
        raise InvalidAmount(
            f"{amount} is too fine for {code}, which has {MINOR_UNITS[code]} decimals"
        )
    return Money(number, code)


def to_minor_units(money: Money) -> int:
    """EUR 12.34 is 1234, JPY 500 is 500, KWD 1.234 is 1234. Raises InvalidAmount."""
    if not is_representable(money):
        raise InvalidAmount(f"{money.amount} is not an amount that {money.currency} can express")
    return int(money.amount.scaleb(MINOR_UNITS[str(money.currency)]))


def from_minor_units(units: int, currency: str) -> Money:
    """Read the integer that most providers speak. Raises InvalidAmount on an unknown currency."""
    code = currency.upper()
    return Money(Decimal(units) * _unit(code), code)


class MoneyField(DjangoMoneyField):
    """An amount with three decimals and, beside it, the column ``<name>_currency``."""

    LIMIT = Decimal(10) ** 12

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any) -> Money: ...
        def __set__(self, instance: Any, value: Money) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(
            max_digits=15,
            decimal_places=3,
            default_currency=None,
            currency_choices=CURRENCY_CHOICES,
            currency_max_length=3,
        )
        super().__init__(*args, **kwargs)

    def add_currency_field(self, cls: Any, name: str) -> None:
        """Add the column without choices: they are ISO's, not the schema's."""
        field = CurrencyField(
            price_field=self,
            max_length=3,
            default=self.default_currency,
            editable=False,
            null=self.null,
        )
        field.creation_counter = self.creation_counter - 1
        cls.add_to_class(f"{name}_currency", field)
        self._currency_field = field

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for option in (
            "max_digits",
            "decimal_places",
            "default_currency",
            "currency_choices",
            "currency_max_length",
        ):
            kwargs.pop(option, None)
        return name, path, args, kwargs
