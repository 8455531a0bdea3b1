"""Which addresses may be called. An endpoint is an address that a person typed in.

A request that reaches our own network would let its author look around there, so the host is
looked up when it is called, every address it has must be one of the public Internet, and the
connection goes to the address that was looked at (``posting``).
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import cast

import httpx
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from joanie.conf import joanie_settings

IPAddress = IPv4Address | IPv6Address

# An IPv4 address in other clothes: RFC 6052.
NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """It is not called. ``explanation`` is for people, and says nothing of our network."""

    def __init__(self, explanation: Promise | str) -> None:
        self.explanation = explanation
        super().__init__(str(explanation))


def check_url(url: str) -> httpx.URL:
    """Return the URL, in parts. Raises AddressRefused for one that can never be called."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise AddressRefused(_("This is no address.")) from error
    if not parts.host or parts.scheme not in {"http", "https"}:
        raise AddressRefused(_("Write https://…, with the name of a host."))
    if parts.userinfo:
        raise AddressRefused(_("An address with a user name or a password is not called."))
    if parts.scheme == "http" and not (_is_allowed(parts.host) or settings.DEBUG):
        raise AddressRefused(_("Write https://…: what is sent is not for everybody."))
    return parts


async def find_addresses(url: httpx.URL) -> Sequence[str]:
    """Look the host up; return where it may be called. Raises AddressRefused."""
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            _name_of(url), port, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError) as error:
        raise AddressRefused(_("The name of the host leads nowhere.")) from error
    addresses = list(dict.fromkeys(cast("str", place[0]) for *_parts, place in found))
    if not _is_allowed(url.host):
        _refuse_our_own_network(url, addresses)
    return addresses


def _refuse_our_own_network(url: httpx.URL, addresses: Sequence[str]) -> None:
    known = [ip_address(address) for address in addresses]
    is_on_this_machine = all(address.is_loopback for address in known)
    if url.scheme == "http" and settings.DEBUG and is_on_this_machine:
        return
    if url.scheme == "http" or not all(map(is_public, known)):
        raise AddressRefused(_("The host is not on the public Internet."))


def is_public(address: IPAddress) -> bool:
    """Say whether it belongs to the public Internet, as well as the IPv4 address it stands for."""
    inner = _address_within(address)
    if inner is not None:
        return is_public(inner)
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not is_special and not getattr(address, "is_site_local", False)


def _address_within(address: IPAddress) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    tunneled = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or tunneled


def _is_allowed(host: str) -> bool:
    return host.lower() in {name.lower() for name in joanie_settings.WEBHOOK_ALLOWED_HOSTS}


def _name_of(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")
