"""The dummy provider signs the moment and the raw body of a notification with the secret."""

import hashlib
import hmac
import re
import time
from collections.abc import Iterable

from joanie.payment.exceptions import ParseNotificationFailed

HEADER = "Dummy-Signature"
TOLERANCE = 300
_FORMAT = re.compile(r"t=(?P<moment>[0-9]{1,12}),v1=(?P<digest>[0-9a-f]{64})")


def check_signature(
    secrets: Iterable[str], header: str, body: bytes, now: float | None = None
) -> None:
    """Check that one of the secrets signed it, in about the same time whichever it was.

    Raises ParseNotificationFailed when none did, or when it is older or newer than ``TOLERANCE``.
    """
    signed = _FORMAT.fullmatch(header)
    if signed is None:
        raise ParseNotificationFailed("The signature is missing or malformed.")
    message = signed["moment"].encode() + b"." + body
    matches = [
        hmac.compare_digest(
            hmac.new(secret.encode(), message, hashlib.sha256).hexdigest(), signed["digest"]
        )
        for secret in secrets
    ]
    if not any(matches):
        raise ParseNotificationFailed("The signature is wrong.")
    if abs((now or time.time()) - int(signed["moment"])) > TOLERANCE:
        raise ParseNotificationFailed("The signature is too old, or from the future.")
