"""The use case: read, compare, write, announce."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.common.transactions import short_transaction
from joanie.core.models import CourseRun, Product
from joanie.core.services.catalogue_import.csv_file import read_csv
from joanie.core.services.catalogue_import.entries import name_of, read_entries
from joanie.core.services.catalogue_import.json_file import read_json
from joanie.core.services.catalogue_import.plan import Change, Plan
from joanie.core.services.catalogue_import.records import (
    CatalogueFileRefused,
    Kind,
    Problem,
    Record,
)
from joanie.core.services.catalogue_import.writing import write
from joanie.core.services.outgoing_events import (
    products_of_courses,
    products_of_organizations,
    tell_of_products,
)
from joanie.core.services.synchronization import announce_course_runs

# One import at a time.
LOCK = "joanie.import_catalogue"

Progress = Callable[[int, int], None]


class CatalogueChangedMeanwhile(Refused):
    code = "catalogue_changed_meanwhile"
    status = HTTPStatus.CONFLICT
    detail = _("Somebody else changed the catalogue meanwhile. Nothing was written: try again.")


class FileFormat(StrEnum):
    CSV = "csv"
    JSON = "json"


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Imported:
    """What became of a row. ``columns``: what changed, when it was there already."""

    kind: Kind
    name: str
    outcome: Outcome
    columns: tuple[str, ...] = ()


def import_catalogue(
    *,
    content: bytes,
    file_format: FileFormat,
    is_dry_run: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> list[Imported]:
    """Make the catalogue what the file says; return what became of each row. Safe to repeat.

    Of what is in the file, the columns that are there are written; a dry run writes nothing.
    Catalogues are told about the course runs that changed. ``progress`` is called with the steps
    that are done and those there are. Raises CatalogueFileRefused with everything that is wrong,
    CatalogueChangedMeanwhile, Busy.
    """
    records, problems = READERS[file_format](content)
    count = _Counter(len(records) * (1 if is_dry_run else 2), progress)
    try:
        with short_transaction():
            _wait_for_other_imports()
            plan = _make_plan(records, problems, count)
            if not is_dry_run:
                write(plan, count.advance)
                _announce(plan)
                tell_of_products(_find_changed_products(plan))
    except IntegrityError as error:
        raise CatalogueChangedMeanwhile from error
    return [_describe(change) for change in plan.changes]


READERS: Mapping[FileFormat, Callable[[bytes], tuple[list[Record], list[Problem]]]] = {
    FileFormat.CSV: read_csv,
    FileFormat.JSON: read_json,
}


class _Counter:
    def __init__(self, total: int, progress: Progress) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def advance(self, steps: int) -> None:
        self._done += steps
        self._progress(self._done, self._total)


def _make_plan(records: list[Record], problems: list[Problem], count: _Counter) -> Plan:
    entries, unreadable = read_entries(records)
    plan = Plan(entries, {(record.kind, name_of(record)) for record in records})
    plan.compare(count.advance)
    found = [*problems, *unreadable, *plan.problems]
    if found:
        raise CatalogueFileRefused(sorted(found, key=_place))
    return plan


def _place(problem: Problem) -> list[Any]:
    """Put line 9 before line 10."""
    parts = re.split(r"(\d+)", problem.where)
    return [int(part) if number % 2 else part for number, part in enumerate(parts)]


def _wait_for_other_imports() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def _announce(plan: Plan) -> None:
    """Announce the runs that changed, and those that other products or organizations sell now."""
    changes = [change for change in plan.changes if change.is_new or change.columns]
    courses = plan.targets.affected | {
        change.row.pk
        for change in changes
        if change.entry.kind is Kind.COURSE and "organizations" in change.columns
    }
    announce_course_runs(
        [
            *(change.row.pk for change in changes if change.entry.kind is Kind.COURSE_RUN),
            *CourseRun.objects.filter(course__in=courses).values_list("pk", flat=True),
        ]
    )


def _find_changed_products(plan: Plan) -> QuerySet[Product]:
    """Give the products that changed, and those that show what changed."""
    changed: Mapping[Kind, list[Any]] = {
        kind: [
            change.row
            for change in plan.changes
            if change.entry.kind is kind and (change.is_new or change.columns)
        ]
        for kind in Kind
    }
    courses = [
        *(course.pk for course in changed[Kind.COURSE]),
        *(run.course_id for run in changed[Kind.COURSE_RUN]),
    ]
    return Product.objects.filter(
        Q(pk__in=[product.pk for product in changed[Kind.PRODUCT]])
        | Q(pk__in=products_of_courses(courses).order_by().values("pk"))
        | Q(pk__in=products_of_organizations(changed[Kind.ORGANIZATION]).order_by().values("pk"))
    )


def _describe(change: Change) -> Imported:
    kind, name = change.entry.kind, change.entry.name
    if change.is_new:
        return Imported(kind, name, Outcome.CREATED)
    if change.columns:
        return Imported(kind, name, Outcome.CHANGED, tuple(sorted(change.columns)))
    return Imported(kind, name, Outcome.UNCHANGED)
