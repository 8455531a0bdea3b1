"""Amounts as people read them. On the wire they stay integers."""

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_DECIMALS = dict.fromkeys(_NO_DECIMALS.split(), 0) | dict.fromkeys(_THREE_DECIMALS.split(), 3)
_SYMBOLS = {"EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "THB": "฿", "USD": "$"}

_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


def decimals(currency: str) -> int:
    """ISO 4217: how many decimals a currency has."""
    return _DECIMALS.get(currency, 2)


def format_amount(minor_units: int, currency: str, language: str = "en") -> str:
    """Print 123456 EUR as ``€1,234.56``, or as ``1 234,56 €`` in French."""
    places = decimals(currency)
    whole, fraction = divmod(minor_units, 10**places)
    group, point = (_NARROW_SPACE, ",") if language == "fr" else (",", ".")
    number = f"{whole:,}".replace(",", group)
    if places:
        number = f"{number}{point}{fraction:0{places}}"
    symbol = _SYMBOLS.get(currency)
    if language == "fr":
        return f"{number}{_NO_BREAK_SPACE}{symbol or currency}"
    return f"{symbol}{number}" if symbol else f"{currency}{_NO_BREAK_SPACE}{number}"
