"""System checks of plain values: times, limits, switches and addresses."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error, register

from joanie.conf import DEFAULTS, joanie_settings

SECONDS = (
    "LOCK_TIMEOUT",
    "PROVIDER_TIMEOUT",
    "LMS_TIMEOUT",
    "ORDER_EXPIRES_AFTER",
    "RECONCILE_AFTER",
)
LIMITS = ("MAX_DECLINES_PER_HOUR", "MAX_DECLINES_PER_ADDRESS_AND_HOUR", "MAX_NOTIFICATION_SIZE")
LONGEST_RETENTION = 36500
# An owner is warned of a card up to 30 days before its end, and the mail says that it was done.
# A webhook is tried for three days.
SHORTEST_RETENTION = {"mails": 31, "webhooks": 4}
SWITCHES = ("ALLOW_DUMMY", "REFUND_UNUSABLE_MONEY")


@register()
def check_plain_values(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    return [*_check_numbers(), *_check_switches(), *_check_addresses(), *_check_retention()]


def _check_numbers() -> Iterator[CheckMessage]:
    for name in SECONDS:
        if not _is_positive(getattr(joanie_settings, name)):
            yield Error(
                f"JOANIE[{name!r}] must be a number of seconds, more than 0.", id="joanie.E004"
            )
    for name in LIMITS:
        limit = getattr(joanie_settings, name)
        if not _is_positive(limit) or not isinstance(limit, int):
            yield Error(f"JOANIE[{name!r}] must be a whole number, 1 or more.", id="joanie.E005")


def _check_switches() -> Iterator[CheckMessage]:
    for name in SWITCHES:
        if not isinstance(getattr(joanie_settings, name), bool):
            yield Error(
                f"JOANIE[{name!r}] must be True or False.",
                hint="A text such as “false” counts as true.",
                id="joanie.E006",
            )


def _check_addresses() -> Iterator[CheckMessage]:
    public = joanie_settings.PUBLIC_BASE_URL
    if public and not _is_page(public):
        yield Error(
            f"JOANIE['PUBLIC_BASE_URL'] is {public!r}, which is no http or https address.",
            hint="Write “https://shop.example.org”.",
            id="joanie.E007",
        )
    allowed = joanie_settings.ALLOWED_RETURN_URLS
    if not isinstance(allowed, (list, tuple)) or not all(map(_is_address, allowed)):
        yield Error(
            "JOANIE['ALLOWED_RETURN_URLS'] must be a list of absolute URLs.",
            hint="Write [“https://shop.example.org/”].",
            id="joanie.E008",
        )
    page = joanie_settings.ORDER_PAGE_URL
    if page and not (_is_page(page) and "{order_id}" in page):
        yield Error(
            f"JOANIE['ORDER_PAGE_URL'] is {page!r}, which leads to no order.",
            hint="Write “https://shop.example.org/orders/{order_id}”.",
            id="joanie.E009",
        )


def _check_retention() -> Iterator[CheckMessage]:
    configured, known = joanie_settings.RETENTION_DAYS, DEFAULTS["RETENTION_DAYS"]
    if configured is None:
        return
    if not isinstance(configured, Mapping):
        yield Error("JOANIE['RETENTION_DAYS'] must be a dictionary, or None.", id="joanie.E055")
        return
    for kind, days in configured.items():
        shortest = SHORTEST_RETENTION.get(kind, 1)
        if kind not in known:
            yield Error(
                f"JOANIE['RETENTION_DAYS'] has an unknown key {kind!r}.",
                hint=f"Known keys: {', '.join(known)}.",
                id="joanie.E056",
            )
        elif days is not None and not _is_days(days, shortest):
            yield Error(
                f"JOANIE['RETENTION_DAYS'][{kind!r}] must be a whole number of days.",
                hint=f"{shortest} to {LONGEST_RETENTION}; None keeps them for ever.",
                id="joanie.E057",
            )


def _is_days(value: object, shortest: int) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return shortest <= value <= LONGEST_RETENTION


def _is_positive(value: object) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return isfinite(value) and value > 0


def _is_page(url: object) -> bool:
    return _is_address(url) and str(url).startswith(("http://", "https://"))


def _is_address(url: object) -> bool:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)
