"""Which addresses may be called. An endpoint is an address that a person typed in.

A request that reaches our own network would let its author look around there, so the host is
looked up when it is called, every address it has must be one of the public Internet, and the
connection goes to the address that was looked at (``posting``).
"""

import asyncio
import re
import socket
from collections.abc import Sequence
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Thread
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from joanie.conf import joanie_settings

IPAddress = IPv4Address | IPv6Address
Places = list[tuple[Any, ...]]

LAST_PORT = 65535
LABEL = r"(?!-)[\w-]{1,63}(?<!-)"
NUMBER = r"(?:0x[0-9a-f]*|[0-9]+)"
HOST_NAME = re.compile(rf"(?!(?:.*\.)?{NUMBER}\Z){LABEL}(?:\.{LABEL})*", re.IGNORECASE)

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
        urlsplit(url)  # shows it elsewhere
        return _check_parts(httpx.URL(url))
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressRefused(_("This is no address.")) from error


def _check_parts(parts: httpx.URL) -> httpx.URL:
    """Raises AddressRefused, and ValueError for a name that cannot be decoded."""
    if not parts.host or parts.scheme not in {"http", "https"}:
        raise AddressRefused(_("Write https://…, with the name of a host."))
    if parts.port is not None and not 1 <= parts.port <= LAST_PORT:
        raise AddressRefused(_("A port is a number from 1 to 65535."))
    if parts.userinfo:
        raise AddressRefused(_("An address with a user name or a password is not called."))
    if parts.scheme == "http" and not (_is_allowed(parts) or settings.DEBUG):
        raise AddressRefused(_("Write https://…: what is sent is not for everybody."))
    return parts


async def find_addresses(url: httpx.URL) -> Sequence[str]:
    """Look the host up; return where it may be called. Raises AddressRefused."""
    try:
        found = await asyncio.wrap_future(_look_up(url))
    except (OSError, UnicodeError) as error:
        raise AddressRefused(_("The name of the host leads nowhere.")) from error
    addresses = list(dict.fromkeys(cast("str", place[0]) for *_parts, place in found))
    if not _is_allowed(url):
        _refuse_our_own_network(url, addresses)
    return addresses


def _look_up(url: httpx.URL) -> "Future[Places]":
    """Look the host up in a thread that nobody has to wait for.

    There is no way to interrupt the system's resolver, and asyncio joins the threads of its own.
    """
    found: Future[Places] = Future()
    found.set_running_or_notify_cancel()
    port = url.port or (443 if url.scheme == "https" else 80)

    def look_up() -> None:
        try:
            found.set_result(socket.getaddrinfo(_name_of(url), port, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            found.set_exception(error)

    Thread(target=look_up, name="webhook-look-up", daemon=True).start()
    return found


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


def is_host(text: str) -> bool:
    """Say whether it is an IP address, or a name that is not one in other clothes (127.1)."""
    return _read_ip_address(text) is not None or HOST_NAME.fullmatch(text) is not None


def is_this_machine(host: str) -> bool:
    address = _read_ip_address(host)
    if address is None:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")
    known = _address_within(address) or address
    return known.is_loopback or known.is_unspecified


def _read_ip_address(text: str) -> IPAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _is_allowed(url: httpx.URL) -> bool:
    """Say whether the settings name the host, in letters of any script or as it is looked up."""
    allowed = {name.lower() for name in joanie_settings.WEBHOOK_ALLOWED_HOSTS}
    return not allowed.isdisjoint({url.host.lower(), _name_of(url).lower()})


def _name_of(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")
