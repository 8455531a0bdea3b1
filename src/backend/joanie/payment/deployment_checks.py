"""System checks of what is right on a laptop, and wrong where money counts."""

from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import global_settings, settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004

from joanie.common.public_url import LOOPBACK_HOSTS
from joanie.conf import joanie_settings

# They send to nobody.
BACKENDS_OF_DEVELOPMENT = tuple(
    f"django.core.mail.backends.{name}.EmailBackend"
    for name in ("console", "dummy", "filebased", "locmem")
)


@register(Tags.security, deploy=True)
def check_where_money_counts(**_: Any) -> list[CheckMessage]:
    """Say nothing with DEBUG: that no site can be deployed with it is said by Django."""
    if not joanie_settings.is_readable or settings.DEBUG:
        return []
    return [*_check_dummy(), *_check_addresses(), *_check_mails()]


def _check_dummy() -> Iterator[CheckMessage]:
    if joanie_settings.ALLOW_DUMMY is True:
        yield Warning(
            "JOANIE['ALLOW_DUMMY'] is on: whoever buys through the dummy pays nothing.",
            hint="Leave it out, unless this is a site for demonstrations.",
            id="joanie.W060",
        )


def _check_addresses() -> Iterator[CheckMessage]:
    if _is_plain(joanie_settings.PUBLIC_BASE_URL):
        yield Warning(
            "JOANIE['PUBLIC_BASE_URL'] is http: what providers tell of payments can be read.",
            hint="Serve the site with https, and write it so.",
            id="joanie.W061",
        )
    allowed = joanie_settings.ALLOWED_RETURN_URLS
    if isinstance(allowed, (list, tuple)) and any(map(_is_plain, allowed)):
        yield Warning(
            "JOANIE['ALLOWED_RETURN_URLS'] has pages with http: others can read and change them.",
            hint="Allow https pages only.",
            id="joanie.W062",
        )


def _check_mails() -> Iterator[CheckMessage]:
    if settings.EMAIL_BACKEND in BACKENDS_OF_DEVELOPMENT:
        yield Warning(
            f"EMAIL_BACKEND is {settings.EMAIL_BACKEND!r}: no learner gets a mail.",
            hint="Set the one that sends: django.core.mail.backends.smtp.EmailBackend.",
            id="joanie.W063",
        )
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if sender == global_settings.DEFAULT_FROM_EMAIL:
        yield Warning(
            f"DEFAULT_FROM_EMAIL is {sender!r}: mail servers refuse mails that come from there.",
            hint="Set an address of your own domain.",
            id="joanie.W064",
        )


def _is_plain(url: object) -> bool:
    try:
        parts = urlsplit(str(url or ""))
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS
