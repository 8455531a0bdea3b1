"""How long an object storage is waited for: its client would give it minutes."""

from typing import Any

CONNECT_SECONDS = 3
READ_SECONDS = 10
ATTEMPTS = 2


def limit_waiting() -> Any:
    """Return the client's configuration. Imports boto3, which only ``joanie[s3]`` brings."""
    from botocore.config import Config  # noqa: PLC0415

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        signature_version="s3v4",
    )
