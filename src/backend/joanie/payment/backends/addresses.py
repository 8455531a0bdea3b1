"""Where a provider's key may be sent."""

from urllib.parse import SplitResult, urlsplit

from joanie.common.public_url import LOOPBACK_HOSTS


def is_private(base_url: str) -> bool:
    """Say whether nobody reads on the way what is sent there: encrypted, or on this machine."""
    address = _split(base_url)
    return is_on_this_machine(base_url) or bool(
        address and address.scheme == "https" and address.hostname
    )


def is_on_this_machine(base_url: str) -> bool:
    """Say whether it is the address of an emulator."""
    address = _split(base_url)
    return bool(address and address.scheme == "http" and address.hostname in LOOPBACK_HOSTS)


def _split(base_url: str) -> SplitResult | None:
    try:
        address = urlsplit(base_url)
        _ = address.port  # which may be none
    except ValueError:
        return None
    return address
