"""Braintree signs notifications, and challenges, with each API key of the account.

https://developer.paypal.com/braintree/docs/guides/webhooks/parse
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from joanie.payment.exceptions import ParseNotificationFailed

# A notification is sent again, as it was, every hour for a day.
OLDEST = timedelta(hours=25)
NEWEST = timedelta(minutes=5)
_CHALLENGE = re.compile(r"[0-9a-f]{20,32}")
_PAYLOAD = re.compile(r"[A-Za-z0-9+/=\n]+")


def sign(private_key: str, message: str) -> str:
    """Return the hexadecimal HMAC-SHA1, under the SHA-1 of the private key."""
    key = hashlib.sha1(private_key.encode(), usedforsecurity=False).digest()
    return hmac.new(key, message.encode(), hashlib.sha1).hexdigest()


def check_signature(key_pairs: Mapping[str, str], signature: str, payload: str) -> None:
    """Check that one of our keys signed it; ``key_pairs`` has the private by the public ones.

    It does not say when: see ``check_age``. Raises ParseNotificationFailed.
    """
    if not _PAYLOAD.fullmatch(payload):
        raise ParseNotificationFailed("The payload is missing, or is not base64.")
    signed = dict(pair.split("|", 1) for pair in signature.split("&") if "|" in pair)
    matches = [
        hmac.compare_digest(sign(private_key, message).encode(), signed[public_key].encode())
        for public_key, private_key in key_pairs.items()
        if public_key in signed
        for message in (payload, f"{payload}\n")
    ]
    if not any(matches):
        raise ParseNotificationFailed("The signature is missing or wrong.")


def check_age(moment: datetime, now: datetime | None = None) -> None:
    """Check the moment that a notification itself tells. Raises ParseNotificationFailed."""
    age = (now or datetime.now(UTC)) - moment
    if not -NEWEST <= age <= OLDEST:
        raise ParseNotificationFailed("The notification is too old, or from the future.")


def answer_to_challenge(public_key: str, private_key: str, challenge: str) -> str:
    """Return what proves that we have the key. Raises ParseNotificationFailed for other texts."""
    if not _CHALLENGE.fullmatch(challenge):
        raise ParseNotificationFailed("A challenge has 20 to 32 hexadecimal digits.")
    return f"{public_key}|{sign(private_key, challenge)}"
