"""Who is played on this machine, and on which port unless told otherwise: a line each."""

from collections.abc import Mapping
from types import MappingProxyType

PROVIDERS: Mapping[str, int] = MappingProxyType(
    {
        "dummy": 8072,
        "stripe": 8073,
        "payplug": 8074,
        "braintree": 8075,
    }
)
OTHERS: Mapping[str, int] = MappingProxyType({"openedx": 8079})
