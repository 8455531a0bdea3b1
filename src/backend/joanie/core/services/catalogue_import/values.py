"""What is written in a cell, and what it means. Whatever is not clear is refused, not guessed."""

import re
import unicodedata
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from joanie.common.money import MINOR_UNITS
from joanie.core.course_run_rules import validate_moment, validate_resource_link
from joanie.core.services.catalogue_import.records import Value

Reader = Callable[[Value], Any]

# Names that operators give to products become ids in it. It never changes.
PRODUCT_NAMES = uuid.UUID("5f0d6b0e-4f6a-4f0c-9a83-3c1f0c2f8a61")
AMOUNT = re.compile(r"-?[0-9]+(?:[.,]([0-9]+))?")
YES = frozenset({"true", "yes", "1", "vrai", "oui"})
NO = frozenset({"false", "no", "0", "faux", "non"})
DATES = "Write 2027-01-31, 2027-01-31 18:00 or 2027-01-31T18:00:00+01:00."


class WrongValue(ValueError):
    """It means nothing here; the message says what to write."""


def read_field(field: "models.Field[Any, Any]") -> Reader:
    """Make a reader of texts that checks what the model's field does.

    Empty is the field's default, where it has one.
    """

    def read(value: Value) -> Any:
        text = read_text(value, is_long=isinstance(field, models.TextField))
        if not text and field.has_default():
            return field.get_default()
        if not text and not field.blank:
            raise WrongValue("This must not be empty.")
        return _clean(field, text) if text else ""

    return read


def read_translation(field: "models.Field[Any, Any]") -> Reader:
    """Make a reader of a field's translation, which may be empty whatever the field is."""

    def read(value: Value) -> str:
        text = read_text(value, is_long=isinstance(field, models.TextField))
        return str(_clean(field, text)) if text else ""

    return read


def read_text(value: Value, *, is_long: bool = False) -> str:
    """Return it without spaces around; a long one may have several lines."""
    if not isinstance(value, str):
        raise WrongValue("Write a text.")
    text = value.strip().replace("\r\n", "\n")
    allowed = {"\n", "\t"} if is_long else set()
    if any(unicodedata.category(each) in {"Cc", "Cs"} for each in set(text) - allowed):
        raise WrongValue("This has characters that cannot be printed, or several lines.")
    return text


def read_country(field: "models.Field[Any, Any]") -> Reader:
    read = read_field(field)
    return lambda value: read(read_text(value).upper())


def read_link(field: "models.Field[Any, Any]") -> Reader:
    read = read_field(field)

    def read_link(value: Value) -> str:
        text: str = read(value)
        _check(validate_resource_link, text)
        return text

    return read_link


def read_id(value: Value) -> uuid.UUID:
    """Return the UUID that is written, or the one that belongs to a name."""
    text = read_text(value)
    if not text:
        raise WrongValue("Give the product a name that no other has, and keep it.")
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid5(PRODUCT_NAMES, text)


def read_codes(value: Value) -> tuple[str, ...]:
    """Return codes, each once. In a text, spaces, commas, semicolons or bars are between them."""
    return _read_list(value, r"[\s,;|]+")


def read_links(value: Value) -> tuple[str, ...]:
    """Return links, each once. In a text, spaces or bars are between them."""
    return _read_list(value, r"[\s|]+")


def read_bool(value: Value) -> bool:
    text = str(value).strip().lower()
    if text in YES:
        return True
    if text in NO or not text:
        return False
    raise WrongValue("Write “yes” or “no”.")


def read_amount(value: Value) -> str:
    """Return an amount as it is written, with a point before the decimals."""
    text = "" if isinstance(value, bool) else re.sub(r"\s", "", str(value))
    if not AMOUNT.fullmatch(text):
        raise WrongValue("Write an amount such as 1234.50 or 1234,50; 0 is free.")
    if text.startswith("-"):
        raise WrongValue("A price is 0 or more.")
    return text.replace(",", ".")


def read_currency(value: Value) -> str:
    code = read_text(value).upper()
    if code not in MINOR_UNITS:
        raise WrongValue(f"“{code}” is not an ISO 4217 currency, such as EUR.")
    return code


def read_rate(field: "models.Field[Any, Any]") -> Reader:
    """Make a reader of percentages. Empty is none of its own."""

    def read(value: Value) -> Decimal | None:
        text = str(value).strip().replace(",", ".")
        if not text:
            return None
        rate: Decimal = _clean(field, text)
        return rate

    return read


def read_number(field: "models.Field[Any, Any]") -> Reader:
    """Make a reader of whole numbers. Empty is no number."""

    def read(value: Value) -> int | None:
        text = str(value).strip()
        if not text:
            return None
        number: int = _clean(field, text)
        return number

    return read


def read_beginning(value: Value) -> datetime | None:
    """Return a moment. A date alone is its first second, in the site's time zone."""
    return _read_moment(value, time())


def read_end(value: Value) -> datetime | None:
    """Return a moment. A date alone is its last second, in the site's time zone."""
    return _read_moment(value, time(23, 59, 59))


def _read_moment(value: Value, time_of_day: time) -> datetime | None:
    text = read_text(value)
    if not text:
        return None
    try:
        moment = _parse_moment(text, time_of_day)
    except ValueError as error:
        raise WrongValue(DATES) from error
    _check(validate_moment, moment)
    return moment.astimezone(UTC)


def _parse_moment(text: str, time_of_day: time) -> datetime:
    try:
        moment = datetime.combine(date.fromisoformat(text), time_of_day)
    except ValueError:
        moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.get_default_timezone())
    return moment


def _read_list(value: Value, separators: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else re.split(separators, read_text(value))
    return tuple(dict.fromkeys(filter(None, map(read_text, items))))


def _clean(field: "models.Field[Any, Any]", text: str) -> Any:
    try:
        return field.clean(text, None)
    except ValidationError as error:
        raise WrongValue(" ".join(error.messages)) from error


def _check(validate: Callable[[Any], None], value: object) -> None:
    try:
        validate(value)
    except ValidationError as error:
        raise WrongValue(" ".join(error.messages)) from error
