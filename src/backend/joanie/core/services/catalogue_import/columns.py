"""The columns of a catalogue file, which are also the keys of its objects."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from django.db import models
from modeltrans.conf import get_available_languages
from modeltrans.utils import build_localized_fieldname

from joanie.core.models import Course, CourseRun, Organization, Product
from joanie.core.services.catalogue_import import values
from joanie.core.services.catalogue_import.records import Kind
from joanie.core.services.catalogue_import.values import Reader
from joanie.core.services.catalogue_import.values import read_field as _text

FieldOf = Callable[[str], Any]

MODELS: Mapping[Kind, type[models.Model]] = {
    Kind.ORGANIZATION: Organization,
    Kind.COURSE: Course,
    Kind.COURSE_RUN: CourseRun,
    Kind.PRODUCT: Product,
}
# What tells one from another.
KEYS = {
    Kind.ORGANIZATION: "code",
    Kind.COURSE: "code",
    Kind.COURSE_RUN: "resource_link",
    Kind.PRODUCT: "id",
}


@dataclass(frozen=True)
class Column:
    """``is_required``: something new cannot be without it."""

    name: str
    about: str
    read: Reader
    is_required: bool = False
    is_translation: bool = False


@cache
def columns_of(kind: Kind) -> Mapping[str, Column]:
    """Return the columns by name, with one for each language of a text that is translated."""
    columns = _COLUMNS[kind](MODELS[kind]._meta.get_field)  # noqa: SLF001 - public
    return {
        each.name: each for column in columns for each in (column, *_translations(kind, column))
    }


def all_columns() -> list[str]:
    return list(dict.fromkeys(name for kind in Kind for name in columns_of(kind)))


def suggest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"Did you mean “{close[0]}”?" if close else f"Known: {', '.join(known)}."


def _translations(kind: Kind, column: Column) -> Iterator[Column]:
    meta: Any = MODELS[kind]._meta  # noqa: SLF001 - public
    if column.name not in meta.get_field("i18n").fields:
        return
    for language in get_available_languages(include_default=False):
        yield Column(
            build_localized_fieldname(column.name, language),
            f"The same in the language “{language}”.",
            values.read_translation(meta.get_field(column.name)),
            is_translation=True,
        )


def _organization_columns(field: FieldOf) -> list[Column]:
    return [
        Column("code", "Its name for programs, which tells it from others.", _text(field("code"))),
        Column("title", "Its name for people.", _text(field("title")), is_required=True),
        Column("address", "Street and number, printed on documents.", _text(field("address"))),
        Column("postcode", "", _text(field("postcode"))),
        Column("city", "", _text(field("city"))),
        Column("country", "Two letters, ISO 3166-1: FR.", values.read_country(field("country"))),
        Column(
            "registration_number",
            "In its country's register of companies.",
            _text(field("registration_number")),
        ),
        Column("vat_number", "", _text(field("vat_number"))),
        Column("contact_email", "", _text(field("contact_email"))),
        Column(
            "legal_mentions", "Printed at the end of documents.", _text(field("legal_mentions"))
        ),
    ]


def _course_columns(field: FieldOf) -> list[Column]:
    return [
        Column("code", "Its name for programs, which tells it from others.", _text(field("code"))),
        Column("title", "Its name for people.", _text(field("title")), is_required=True),
        Column("organizations", "Codes of those who teach it.", values.read_codes),
    ]


def _course_run_columns(field: FieldOf) -> list[Column]:
    course_code = Course._meta.get_field("code")  # noqa: SLF001 - public
    return [
        Column(
            "resource_link",
            "Where it is taught: an http or https address, which tells it from others.",
            values.read_link(field("resource_link")),
        ),
        Column(
            "course", "The code of its course, for good.", _text(course_code), is_required=True
        ),
        Column("title", "Its name for people.", _text(field("title")), is_required=True),
        Column("start", "Empty: not known yet.", values.read_beginning),
        Column("end", "Empty: for ever.", values.read_end),
        Column("enrollment_start", "Empty: not known yet.", values.read_beginning),
        Column("enrollment_end", "Empty: for ever.", values.read_end),
        Column(
            "is_listed",
            "“yes” when anybody may enroll without having bought a product.",
            values.read_bool,
        ),
    ]


def _product_columns(field: FieldOf) -> list[Column]:
    return [
        Column(
            "id",
            "A name of your choice that no other product has, or the UUID of one that is there.",
            values.read_id,
        ),
        Column("title", "Its name for people.", _text(field("title")), is_required=True),
        Column("description", "", _text(field("description"))),
        Column(
            "call_to_action", "What the button says that buys it.", _text(field("call_to_action"))
        ),
        Column(
            "type",
            "credential, enrollment or certificate. Empty: credential.",
            _text(field("type")),
        ),
        Column(
            "price",
            "What the learner pays, VAT included; 0 is free.",
            values.read_amount,
            is_required=True,
        ),
        Column("price_currency", "ISO 4217: EUR.", values.read_currency, is_required=True),
        Column(
            "vat_rate",
            "Percent contained in the price. Empty: the site's default.",
            values.read_rate(field("vat_rate")),
        ),
        Column(
            "max_orders",
            "Seats: orders it can have at a time. Empty: any number.",
            values.read_number(field("max_orders")),
        ),
        Column("organizations", "Codes of those who sell it.", values.read_codes),
        Column("courses", "Codes of the courses it is displayed on.", values.read_codes),
        Column(
            "target_courses",
            "Codes of the courses it gives access to, in order.",
            values.read_codes,
        ),
        Column(
            "target_course_runs",
            "Links of the only runs it gives access to, of courses that are not to have all.",
            values.read_links,
        ),
        Column(
            "ungraded_courses",
            "Codes of its target courses that are not graded.",
            values.read_codes,
        ),
    ]


_COLUMNS: Mapping[Kind, Callable[[FieldOf], list[Column]]] = {
    Kind.ORGANIZATION: _organization_columns,
    Kind.COURSE: _course_columns,
    Kind.COURSE_RUN: _course_run_columns,
    Kind.PRODUCT: _product_columns,
}
