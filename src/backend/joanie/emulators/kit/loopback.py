"""An emulator moves no money and guards nothing: it listens and sends on this machine only.

Whoever starts it may name other hosts, as containers have them, or a tunnel to this machine.
"""

from collections.abc import Collection
from ipaddress import ip_address

import httpx
from flask import current_app, has_app_context

# Of the application's configuration: hosts that count as this machine.
ALLOWED_HOSTS = "ALLOWED_HOSTS"


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


def is_allowed_url(url: str) -> bool:
    """Say whether the application of this request may be asked there, or send there."""
    hosts: Collection[str] = ()
    if has_app_context():
        hosts = current_app.config.get(ALLOWED_HOSTS, ())
    return is_loopback_url(url) or (is_web_url(url) and httpx.URL(url).host in hosts)
