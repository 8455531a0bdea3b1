"""The dummy provider signs the moment and the raw body of a notification with the secret."""

import hashlib
import hmac
import re
import time

from joanie.payment.exceptions import ParseNotificationFailed

HEADER = "Dummy-Signature"
TOLERANCE = 300
_FORMAT = re.compile(r"t=(?P<moment>[0-9]{1,12}),v1=(?P<digest>[0-9a-f]{64})")


def check_signature(secret: str, header: str, body: bytes, now: float | None = None) -> None:
    """Raises ParseNotificationFailed when it is wrong, or older or newer than ``TOLERANCE``."""
    signed = _FORMAT.fullmatch(header)
    if signed is None:
        raise ParseNotificationFailed("The signature is missing or malformed.")
    message = signed["moment"].encode() + b"." + body
    expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signed["digest"]):
        raise ParseNotificationFailed("The signature is wrong.")
    if abs((now or time.time()) - int(signed["moment"])) > TOLERANCE:
        raise ParseNotificationFailed("The signature is too old, or from the future.")
