"""What a catalogue file holds, before anybody knows whether it is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus

from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused

Value = str | bool | int | Decimal | list[str]


class Kind(StrEnum):
    """In the order in which one refers to the other."""

    ORGANIZATION = "organization"
    COURSE = "course"
    COURSE_RUN = "course_run"
    PRODUCT = "product"


@dataclass(frozen=True)
class Record:
    """One row of the file. ``where`` says where it is; ``values`` by column, those that are there.

    An empty text empties, a column that is not there is left as it is.
    """

    kind: Kind
    where: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Problem:
    """``field`` is empty when it is not about one."""

    where: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{', '.join(filter(None, (self.where, self.field)))}: {self.message}"


class CatalogueFileRefused(Refused):
    """``problems``: all of them, in the order of the file."""

    code = "catalogue_file_refused"
    status = HTTPStatus.BAD_REQUEST
    detail = _("The file is not valid. Nothing was changed.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = problems
        super().__init__()


def decode(content: bytes) -> str:
    """Return the text of a file; a byte order mark is no part of it.

    Raises CatalogueFileRefused.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "This is not UTF-8. Save the file anew as “CSV UTF-8”, or in Unicode (UTF-8)."
        raise CatalogueFileRefused([Problem(f"line {line}", "", message)]) from error
