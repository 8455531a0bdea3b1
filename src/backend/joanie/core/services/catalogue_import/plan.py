"""What an import would change: everything is compared before anything is written."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from joanie.core.course_run_rules import find_wrong_dates
from joanie.core.models import Course, Product
from joanie.core.services.catalogue_import.columns import KEYS, MODELS, columns_of
from joanie.core.services.catalogue_import.entries import Entry
from joanie.core.services.catalogue_import.links import Links
from joanie.core.services.catalogue_import.records import Kind, Problem
from joanie.core.services.catalogue_import.target_courses import TargetCourses, WrongTargets

# Columns that name other rows, and of which kind those are.
REFERENCES = {
    "course": Kind.COURSE,
    "courses": Kind.COURSE,
    "organizations": Kind.ORGANIZATION,
    "target_courses": Kind.COURSE,
    "target_course_runs": Kind.COURSE_RUN,
    "ungraded_courses": Kind.COURSE,
}
# Columns that say together what a product gives access to.
TARGETS = ("target_courses", "target_course_runs", "ungraded_courses")

Advance = Callable[[int], None]


@dataclass
class Change:
    """A row of the file beside its row of the catalogue. ``columns``: what is different."""

    entry: Entry
    row: Any
    is_new: bool
    columns: set[str] = field(default_factory=set)


class Plan:
    """What is to be written. ``problems``: what stands in the way.

    ``named``: what the file holds, by kind and name, whether it can be understood or not.
    """

    def __init__(self, entries: Sequence[Entry], named: Container[tuple[Kind, str]] = ()) -> None:
        self.problems: list[Problem] = []
        self._named = named
        self.links = {
            (Kind.COURSE, "organizations"): Links(Course.organizations),
            (Kind.PRODUCT, "organizations"): Links(Product.organizations),
            (Kind.PRODUCT, "courses"): Links(Product.courses),
        }
        self.targets = TargetCourses()
        self._rows = {kind: _find_rows(kind, entries) for kind in Kind}
        self.changes = [self._meet(entry) for entry in entries]
        self._read_links()

    def compare(self, advance: Advance) -> None:
        """Give every row its new values, in memory. ``advance`` is told how many are done."""
        for kind in Kind:
            for change in self.changes:
                if change.entry.kind is kind:
                    self._compare(change)
                    advance(1)

    def _meet(self, entry: Entry) -> Change:
        rows = self._rows[entry.kind]
        is_new = entry.key not in rows
        if is_new:
            rows[entry.key] = MODELS[entry.kind](**{KEYS[entry.kind]: entry.key})
        return Change(entry, rows[entry.key], is_new)

    def _read_links(self) -> None:
        known: dict[Kind, list[uuid.UUID]] = defaultdict(list)
        for change in self.changes:
            if not change.is_new:
                known[change.entry.kind].append(change.row.pk)
        for (kind, _name), links in self.links.items():
            links.read(known[kind])
        self.targets.read(known[Kind.PRODUCT])

    def _compare(self, change: Change) -> None:
        if change.is_new:
            self._require(change)
        for name, value in change.entry.values.items():
            if name not in TARGETS and self._set(change, name, value):
                change.columns.add(name)
        if change.entry.kind is Kind.PRODUCT:
            self._compare_targets(change)
        if change.entry.kind is Kind.COURSE_RUN:
            for name, messages in find_wrong_dates(change.row).items():
                self._complain(change, name, " ".join(map(str, messages)))

    def _require(self, change: Change) -> None:
        for column in columns_of(change.entry.kind).values():
            # The currency came with the price.
            is_there = column.name in change.entry.values or column.name == "price_currency"
            if column.is_required and not is_there:
                self._complain(change, column.name, "It is new, and cannot be without this.")

    def _set(self, change: Change, name: str, value: Any) -> bool:
        """Give the row a value; say whether it had another."""
        kind, row = change.entry.kind, change.row
        if name == "course":
            return self._set_course(change, value)
        if name in REFERENCES:
            found = self._find_all(change, name, value)
            return self.links[kind, name].replace(row.pk, [each.pk for each in found])
        if columns_of(kind)[name].is_translation:
            return _set_translation(row, name, value)
        if getattr(row, name) == value:
            return False
        setattr(row, name, value)
        return True

    def _set_course(self, change: Change, code: str) -> bool:
        (course,) = self._find_all(change, "course", [code]) or [None]
        if course is None or change.row.course_id == course.pk:
            return False
        if not change.is_new:
            message = "This run belongs to another course, and stays there: it may have been sold."
            self._complain(change, "course", message)
            return False
        change.row.course = course
        return True

    def _compare_targets(self, change: Change) -> None:
        found = {
            name: self._find_all(change, name, change.entry.values[name])
            for name in TARGETS
            if name in change.entry.values
        }
        try:
            is_changed = self.targets.replace(
                change.row.pk,
                courses=found.get("target_courses"),
                runs=found.get("target_course_runs"),
                ungraded=found.get("ungraded_courses"),
            )
        except WrongTargets as error:
            self._complain(change, error.column, str(error))
        else:
            change.columns |= {"target_courses"} if is_changed else set()

    def _find_all(self, change: Change, name: str, keys: Iterable[str]) -> list[Any]:
        kind = REFERENCES[name]
        found = []
        for key in keys:
            if key in self._rows[kind]:
                found.append(self._rows[kind][key])
            elif (kind, key) not in self._named:
                message = (
                    f"There is no {kind.replace('_', ' ')} “{key}”, neither in this file nor in "
                    "the catalogue."
                )
                self._complain(change, name, message)
        return found

    def _complain(self, change: Change, name: str, message: str) -> None:
        self.problems.append(Problem(change.entry.where, name, message))


def _find_rows(kind: Kind, entries: Iterable[Entry]) -> dict[Any, Any]:
    """Return the rows that the file is about or names, by key.

    They are locked: whoever changes one meanwhile would lose it, or have it without our check.
    """
    keys = {entry.key for entry in entries if entry.kind is kind}
    for entry in entries:
        for name, value in entry.values.items():
            if REFERENCES.get(name) is kind:
                keys |= {value} if isinstance(value, str) else set(value)
    manager = MODELS[kind]._default_manager  # noqa: SLF001 - public
    rows = manager.select_for_update(no_key=True).order_by(KEYS[kind])
    return dict(rows.in_bulk(sorted(keys), field_name=KEYS[kind]))


def _set_translation(row: Any, name: str, value: str) -> bool:
    kept = row.i18n or {}
    if (kept.get(name) or "") == value:
        return False
    rest = {other: text for other, text in kept.items() if other != name}
    row.i18n = {**rest, name: value} if value else rest
    return True
