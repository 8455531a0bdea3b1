"""Amounts as Stripe writes them: integers, mostly of ISO 4217's minor units.

https://docs.stripe.com/currencies#special-cases
"""

from joanie.common.exceptions import ProviderProtocolError
from joanie.common.money import InvalidAmount, Money, to_minor_units
from joanie.payment.backends.wire import read_minor_units

_NO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF"
_TWO_DECIMALS = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF
CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD
NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL
THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR ZMW
"""
# The last of their three decimals has to be a zero.
_THREE_DECIMALS = "BHD JOD KWD OMR TND"
# Without decimals in ISO 4217, and written with two, both of them zeros.
_PADDED = "ISK"

# Not MGA and UGX: whether Stripe writes their decimals is not clear enough to take money in them.
CURRENCIES = frozenset(f"{_NO_DECIMALS} {_TWO_DECIMALS} {_THREE_DECIMALS} {_PADDED}".split())


def write_amount(money: Money) -> int:
    """Raises InvalidAmount for one that Stripe cannot take, such as KWD 1.005."""
    units, currency = to_minor_units(money), str(money.currency)
    if currency in _THREE_DECIMALS.split() and units % 10:
        raise InvalidAmount(f"{money.amount} {currency} does not end with a zero")
    return units * 100 if currency == _PADDED else units


def read_amount(units: object, currency: object) -> Money:
    """Raises ProviderProtocolError when it is not an amount of this currency, above zero."""
    if str(currency).upper() != _PADDED:
        return read_minor_units(units, currency)
    whole, rest = divmod(units, 100) if isinstance(units, int) else (None, None)
    if rest:
        raise ProviderProtocolError(f"{units} is no amount of {_PADDED}")
    return read_minor_units(whole, currency)
