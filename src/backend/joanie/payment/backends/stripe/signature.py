"""Stripe signs the moment and the raw body of an event with the secret of its endpoint.

https://docs.stripe.com/webhooks#verify-manually
"""

import hashlib
import hmac
import time
from collections.abc import Iterable

from joanie.payment.exceptions import ParseNotificationFailed

HEADER = "Stripe-Signature"
TOLERANCE = 300
# While a secret is being rolled there are two.
_MOST_SIGNATURES = 10


def check_signature(
    secrets: Iterable[str], header: str, body: bytes, now: float | None = None
) -> None:
    """Check that one of the secrets made one of the signatures of the header.

    Stripe's own library takes moments of any future; this does not. Raises ParseNotificationFailed
    when none fits, or when it is older or newer than ``TOLERANCE`` seconds.
    """
    moment, signatures = _read_header(header)
    message = moment.encode() + b"." + body
    matches = [
        hmac.compare_digest(_sign(secret, message), signature)
        for secret in secrets
        for signature in signatures
    ]
    if not any(matches):
        raise ParseNotificationFailed("The signature is wrong.")
    if abs((time.time() if now is None else now) - int(moment)) > TOLERANCE:
        raise ParseNotificationFailed("The signature is too old, or from the future.")


def _sign(secret: str, message: bytes) -> bytes:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode()


def _read_header(header: str) -> tuple[str, list[bytes]]:
    parts = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    signatures = [value.encode() for name, _, value in parts if name == "v1"]
    if len(moments) != 1 or not _is_moment(moments[0]) or not signatures:
        raise ParseNotificationFailed("The signature is missing or malformed.")
    return moments[0], signatures[:_MOST_SIGNATURES]


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
