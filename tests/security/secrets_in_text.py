"""What a log line must never hold, and who looks for it while the tests run."""

import logging
import re
from collections.abc import Iterable

from joanie.common.card_numbers import find_card_number
from joanie.common.http import TALKATIVE, is_ours

# Secrets of the tests, and the shapes of what is one anywhere.
SHAPES = [
    r"eyJ[\w-]{8,}\.[\w-]+\.",  # a token of a learner
    r"\b(?:bearer|basic|sig-hmac-sha256) [^\s'\"<*]{8,}",  # a header that lets somebody in
    r"['\"](?:proxy-)?authorization['\"]\s*[:,]\s*b?['\"][^'\"*]",
    r"\bv1=[0-9a-f]{64}",  # a signature of the dummy's
    r"\bcard_(?:[0-9a-f]{24}|[0-9]{6})\b",  # a card's token, of the dummy or of a factory
    r"\b(?:sk|rk|whsec|tok)_\w{12,}",
    r"_secret_\w{12,}",  # what lets a browser pay a payment intent of Stripe's
    r"(?:nonce|device_data|client_token|client_secret|signing_key)['\"]?\s*[=:]\s*b?['\"]?[\w-]{4,}",
    r"\b(?:cvc|cvv|cvn|csc|cvc2|cvv2)['\"]?\s*[=:]?\s*['\"]?[0-9]{3,4}\b",
]
# The provider's own log, and what is logged in DEBUG alone: SQL with its values.
NOT_OURS = ("joanie.emulators", "django.db.backends", "werkzeug")
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class SecretFinder:
    def __init__(self, secrets: Iterable[str]) -> None:
        known = [re.escape(secret) for secret in secrets if len(secret) >= 8]
        self._pattern = re.compile("|".join([*known, *SHAPES]), re.IGNORECASE)

    def find(self, text: str) -> str | None:
        """Return the first secret, or what looks like one."""
        found = self._pattern.search(text)
        return found[0] if found else find_card_number(text)


class Watch(logging.Handler):
    """Reads every line of this process, tracebacks and extras included."""

    def __init__(self, finder: SecretFinder) -> None:
        super().__init__(logging.DEBUG)
        self.finder = finder
        self.lines: list[str] = []
        self._plain = logging.Formatter("%(name)s %(levelname)s: %(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        is_a_call_of_the_tests = record.name in TALKATIVE and not is_ours.get()
        if is_a_call_of_the_tests or record.name.startswith(NOT_OURS):
            return
        extras = [repr(value) for name, value in vars(record).items() if name not in PLAIN]
        line = " ".join([self._plain.format(record), *extras])
        secret = self.finder.find(line)
        if secret is not None:
            self.lines.append(f"{secret!r} in: {line}")
