"""Signatures after the Standard Webhooks specification: https://www.standardwebhooks.com/."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
# The specification recommends 24 to 64.
BYTES_OF_A_SECRET = 32


def make_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES_OF_A_SECRET)).decode()


def make_headers(
    *, webhook_id: str, body: str, keys: Sequence[str], now: datetime
) -> dict[str, str]:
    """Give the headers that prove who sends the body, and when: ``now`` is in UTC.

    A signature for each key; a receiver accepts any that it knows.
    """
    signatures = [Webhook(key).sign(webhook_id, now, body) for key in keys]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
