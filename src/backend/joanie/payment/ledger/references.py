"""What documents are called: series of numbers without a gap, written as the host wants them."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from joanie.conf import DEFAULTS, joanie_settings
from joanie.core.models import Organization
from joanie.payment.models import ProformaInvoice

logger = logging.getLogger(__name__)

# What a format is made of: text that is safe in a file's name, and fields.
_PIECE = re.compile(r"\{(?P<field>[a-z]+)(?::0(?P<width>[1-9]|1[0-2])d)?\}|[A-Za-z0-9._-]+")
FIELDS = ("organization", "year", "month", "number")
# Digits that a number may come to have, whatever the width of its format.
MOST_DIGITS = 10


class Kind(StrEnum):
    """A name in ``DOCUMENT_REFERENCES``."""

    PROFORMA_INVOICE = "proforma_invoice"
    CREDIT_NOTE = "credit_note"


# What a series begins with. It stays when a format changes, and so do the numbers given.
SERIES = {Kind.PROFORMA_INVOICE: "PF", Kind.CREDIT_NOTE: "CN"}


class InvalidFormat(ImproperlyConfigured):
    """No document can be called so; the message says why."""


@dataclass(frozen=True)
class ReferenceFormat:
    """A format such as ``PF-{organization}-{year}-{number:06d}``, taken apart.

    The numbers of a series begin again with each new value of the other fields.
    """

    before: str
    width: int
    after: str

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields besides the number, in the order of ``FIELDS``."""
        return tuple(name for name in FIELDS if f"{{{name}}}" in self.before + self.after)

    def around(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return what stands before and after the number."""
        return self.before.format_map(values), self.after.format_map(values)

    def write(self, number: int, values: Mapping[str, str]) -> str:
        before, after = self.around(values)
        return f"{before}{number:0{self.width}d}{after}"


@cache
def read_format(text: object) -> ReferenceFormat:
    """Take a format apart. Raises InvalidFormat."""
    if not isinstance(text, str):
        raise InvalidFormat("it is not a text")
    pieces = list(_PIECE.finditer(text))
    if "".join(piece[0] for piece in pieces) != text:
        raise InvalidFormat("letters, digits, “.”, “_”, “-” and fields are all that it may have")
    for fault in _find_faults(pieces):
        raise InvalidFormat(fault)
    number = next(piece for piece in pieces if piece["field"] == "number")
    found = ReferenceFormat(
        text[: number.start()], int(number["width"] or 1), text[number.end() :]
    )
    if len(_longest(found)) > _longest_reference():
        raise InvalidFormat(f"it can be longer than {_longest_reference()} characters")
    return found


def next_reference(kind: Kind, organization: Organization, today: date) -> str:
    """Take the next number of its series, in one statement: no gap, no number twice.

    Numbers whose reference another document has already, from the days of another format, are
    passed over: both together have no gap. Holds the lock of the series until the transaction
    ends. A format that cannot be used is as if there was none, and is logged: money is booked.
    """
    form = find_format(kind)
    values = {
        "organization": organization.code,
        "year": f"{today.year}",
        "month": f"{today.month:02d}",
    }
    series = "-".join([SERIES[kind], *(values[name] for name in form.fields)])
    before, after = form.around(values)
    reference: tuple[Any, ...] = (before, form.width, after)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [series, *reference])
        number, is_taken = cursor.fetchone()
        if is_taken:
            cursor.execute(_PASS_OVER, [*reference, series])
            (number,) = cursor.fetchone()
    return form.write(number, values)


def find_format(kind: Kind) -> ReferenceFormat:
    """Return the format in force: the host's if it can be used, else the default."""
    configured, default = joanie_settings.DOCUMENT_REFERENCES, DEFAULTS["DOCUMENT_REFERENCES"]
    try:
        return read_format(configured.get(kind.value, default[kind.value]))
    except (InvalidFormat, AttributeError, TypeError):
        logger.exception("JOANIE['DOCUMENT_REFERENCES'][%r] cannot be used", kind.value)
        return read_format(default[kind.value])


def shapes() -> set[tuple[str, str]]:
    """Give what stands around the numbers of each kind; less than one each is a fault."""
    return {(form.before, form.after) for form in map(find_format, Kind)}


_IS_TAKEN = """
    EXISTS (
        SELECT FROM joanie_payment_proformainvoice
        WHERE reference =
            %s || lpad({number}::text, greatest(%s, length({number}::text)), '0') || %s
    )
"""
_TAKE = f"""
    INSERT INTO joanie_payment_documentsequence AS sequence (series, last_number) VALUES (%s, 1)
    ON CONFLICT (series) DO UPDATE SET last_number = sequence.last_number + 1
    RETURNING last_number, {_IS_TAKEN.format(number="sequence.last_number")}
"""  # noqa: S608 - constants # nosec B608
_PASS_OVER = f"""
    UPDATE joanie_payment_documentsequence AS sequence
    SET last_number = (
        SELECT min(free)
        FROM generate_series(
            last_number::bigint,
            last_number + (SELECT count(*) FROM joanie_payment_proformainvoice)
        ) AS free
        WHERE NOT {_IS_TAKEN.format(number="free")}
    )
    WHERE series = %s
    RETURNING last_number
"""  # noqa: S608 - constants # nosec B608


def _find_faults(pieces: list[re.Match[str]]) -> Iterator[str]:
    names = [piece["field"] for piece in pieces if piece["field"]]
    for name in names:
        if name not in FIELDS:
            yield f"there is no field {{{name}}}"
        if names.count(name) > 1:
            yield f"{{{name}}} is there more than once"
    if "number" not in names:
        yield "{number} is missing"
    if "month" in names and "year" not in names:
        yield "{month} needs {year}: numbers would begin again with the same references"
    if any(piece["width"] and piece["field"] != "number" for piece in pieces):
        yield "only {number} has a width"
    if pieces and pieces[0][0].startswith((".", "-")):
        yield "it begins with “.” or “-”"
    for left, right in pairwise(pieces):
        yield from _find_ambiguity(left, right)


def _find_ambiguity(left: re.Match[str], right: re.Match[str]) -> Iterator[str]:
    """What was “1” and “12” must not look like what was “11” and “2”."""
    if left["field"] and right["field"]:
        yield f"nothing is between {left[0]} and {right[0]}"
    if (right["field"] and left[0][-1].isdigit()) or (left["field"] and right[0][0].isdigit()):
        yield f"a digit touches a field in {left[0] + right[0]!r}"


def _longest(form: ReferenceFormat) -> str:
    code = Organization._meta.get_field("code")  # noqa: SLF001 - public by documentation
    values = {"organization": "x" * (code.max_length or 0), "year": "2026", "month": "12"}
    return form.write(10 ** (MOST_DIGITS - 1), values)


def _longest_reference() -> int:
    reference = ProformaInvoice._meta.get_field("reference")  # noqa: SLF001 - public by documentation
    return reference.max_length or 0
