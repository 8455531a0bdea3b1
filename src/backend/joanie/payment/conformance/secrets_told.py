"""Looking for what must never be logged."""

import logging
from collections.abc import Collection, Iterable

# The provider's own log, and that of the suite's own requests.
NOT_OURS = ("joanie.emulators", "werkzeug", "httpx", "httpcore", "django.db.backends")

_LINES = logging.Formatter("%(name)s %(levelname)s: %(message)s")
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def find_told_secrets(records: Iterable[logging.LogRecord], secrets: Collection[str]) -> list[str]:
    """Give the lines, tracebacks included, that hold a secret."""
    lines = (_line(record) for record in records if not record.name.startswith(NOT_OURS))
    return [line for line in lines if any(secret and secret in line for secret in secrets)]


def _line(record: logging.LogRecord) -> str:
    extras = [repr(value) for name, value in vars(record).items() if name not in _PLAIN]
    return " ".join([_LINES.format(record), *extras])
