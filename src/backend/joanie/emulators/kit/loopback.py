"""An emulator moves no money and guards nothing: it listens and sends on this machine only."""

from ipaddress import ip_address

import httpx


def is_loopback_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_web_url(url: str) -> bool:
    """Say whether a browser may be sent there: absolute, http or https, no password in it."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host) and not parsed.userinfo


def is_loopback_url(url: str) -> bool:
    """Say whether a notification may be sent there.

    Parsed by the client that sends it, so that both read the same host.
    """
    return is_web_url(url) and is_loopback_host(httpx.URL(url).host)
