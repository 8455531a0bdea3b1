"""The network address of who asks, behind the proxies that are ours."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from django.http import HttpRequest

from joanie.conf import joanie_settings

# Whoever has one IPv6 address has as many as they like within this many leading bits.
IPV6_PREFIX = 64


def find_client_address(request: HttpRequest) -> str | None:
    """Return the address, as PostgreSQL takes it; None when nobody knows.

    Each proxy adds to the right of ``X-Forwarded-For`` whom it talks to: the entry of the
    outermost of our ``PROXY_COUNT`` counts. What stands to its left is what the client claims.
    Nobody knows behind a Unix socket, or a proxy of ours that is not in ``PROXY_COUNT``: its own
    address is no client's, and would make all of them one.
    """
    proxies = joanie_settings.PROXY_COUNT
    header = request.headers.get("X-Forwarded-For", "")
    entries = header.split(",") if proxies else []
    forwarded = entries[-min(proxies, len(entries))] if entries else ""
    address = _read_address(forwarded) or _read_address(request.META.get("REMOTE_ADDR", ""))
    is_uncounted_proxy = header and not proxies and address and ip_address(address).is_private
    return None if is_uncounted_proxy else address


def network_of(address: str) -> IPv4Network | IPv6Network:
    """Return the addresses that one client can speak from."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return IPv6Network((parsed, IPV6_PREFIX), strict=False)
    return IPv4Network(parsed)


def _read_address(text: str) -> str | None:
    """Read "192.0.2.1", "192.0.2.1:443", "2001:db8::1" or "[2001:db8::1]:443"."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
