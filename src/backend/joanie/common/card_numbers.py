"""Card numbers typed where none belongs: they never get as far as the database or a log."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# 13 to 19 digits, maybe in groups; those of cards begin with 2 to 6. Longer words are none.
_CANDIDATE = re.compile(r"(?<![\w.-])[2-6](?:[ -]?[0-9]){12,18}(?![\w-])", re.ASCII)


def find_card_number(text: str) -> str | None:
    """Return the first number that passes the check of ISO/IEC 7812-1, annex B (Luhn)."""
    return next((each[0] for each in _CANDIDATE.finditer(text) if _is_valid(each[0])), None)


def hide_card_numbers(text: str) -> str:
    """Put dots in their place, for messages that repeat what was sent."""
    return _CANDIDATE.sub(lambda found: "…" if _is_valid(found[0]) else found[0], text)


def refuse_card_number(text: str) -> None:
    """Raises ValidationError, without the number."""
    if find_card_number(text):
        raise ValidationError(
            _("This looks like a card number: only the payment provider's page takes it."),
            code="card_number",
        )


def _is_valid(candidate: str) -> bool:
    digits = [int(digit) for digit in reversed(candidate) if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return len(set(digits)) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0
