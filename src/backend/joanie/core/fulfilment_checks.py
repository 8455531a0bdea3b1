"""System check of ``FULFILMENT``: a bad entry is found at start, not after the first payment."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from joanie.common.replacements import UnusablePart, load_class
from joanie.conf import joanie_settings
from joanie.core.fulfilment import Fulfilment


@register()
def check_fulfilment(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    try:
        load_class(joanie_settings.FULFILMENT, Fulfilment)
    except UnusablePart as error:
        return [
            Error(
                f"JOANIE['FULFILMENT']: {error}.",
                hint="Name a class that extends joanie.core.fulfilment.Fulfilment.",
                id="joanie.E063",
            )
        ]
    return []
