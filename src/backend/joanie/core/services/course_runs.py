"""Course runs as the LMS that teaches them says they are."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.common.transactions import short_transaction
from joanie.core.course_run_rules import MOMENTS, find_course_code, find_wrong_dates
from joanie.core.models import Course, CourseRun
from joanie.core.services.outgoing_events import products_of_courses, tell_of_products
from joanie.core.services.synchronization import announce_course_runs

BATCH = 500

Problems = Mapping[str, Sequence[object]]


class InvalidCourseRuns(Refused):
    """``errors``: messages by field, by the place of the run in what was given."""

    code = "invalid_course_runs"
    status = HTTPStatus.BAD_REQUEST
    detail = _("These course runs are not valid. Nothing was changed.")

    def __init__(self, errors: Mapping[int, Problems]) -> None:
        self.errors = errors
        super().__init__()


@dataclass(frozen=True)
class CourseRunReport:
    """What is said about a run. ``values``: its title and moments, those that are said."""

    resource_link: str
    course_code: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def course_code_of_new_run(self) -> str | None:
        return self.course_code or find_course_code(self.resource_link)


@dataclass(frozen=True)
class Synchronized:
    """The runs, in the order of the reports."""

    course_runs: list[CourseRun]
    is_any_new: bool


def synchronize_course_runs(reports: Sequence[CourseRunReport]) -> Synchronized:
    """Make course runs what is said about them: all of them, or none. Safe to repeat.

    They are known by their resource links. A new one belongs to the course that is named, else to
    the one in its Open edX key; its title is the course's unless one is given. Catalogues are told
    about the runs that changed. Raises InvalidCourseRuns, Busy.
    """
    with short_transaction():
        courses = _find_courses(reports)
        sent_ids = _create_missing(reports, courses)
        runs = _lock_runs(reports)
        created = [run for run in runs.values() if run.pk in sent_ids]
        changed = [
            runs[report.resource_link]
            for report in reports
            if report.resource_link in runs and _apply(report, runs[report.resource_link])
        ]
        errors = dict(_find_errors(reports, runs, courses))
        if errors:
            raise InvalidCourseRuns(errors)
        CourseRun.objects.bulk_update(changed, ["title", *MOMENTS, "updated_on"], batch_size=BATCH)
        announce_course_runs(run.pk for run in [*created, *changed])
        tell_of_products(products_of_courses({run.course_id for run in [*created, *changed]}))
    return Synchronized([runs[each.resource_link] for each in reports], bool(created))


def _find_courses(reports: Sequence[CourseRunReport]) -> Mapping[str, Course]:
    codes = {code for each in reports if (code := each.course_code_of_new_run)}
    return Course.objects.in_bulk(sorted(codes), field_name="code")


def _create_missing(
    reports: Sequence[CourseRunReport], courses: Mapping[str, Course]
) -> frozenset[Any]:
    """Add the runs that are not there; return the ids of those that this would have been.

    Of two at once, the second waits for the first and then finds its run.
    """
    links = {each.resource_link: each.course_code_of_new_run for each in reports}
    titled = {each.resource_link for each in reports if "title" in each.values}
    there = CourseRun.objects.filter(resource_link__in=links)
    for link in there.values_list("resource_link", flat=True):
        del links[link]
    runs = [
        CourseRun(
            resource_link=link,
            course=course,
            title=course.title,
            # Whoever names a run does not mean the course's translations.
            i18n={} if link in titled else dict(course.i18n or {}),
        )
        for link, code in sorted(links.items())
        if (course := courses.get(code or ""))
    ]
    CourseRun.objects.bulk_create(runs, batch_size=BATCH, ignore_conflicts=True)
    return frozenset(run.pk for run in runs)


def _lock_runs(reports: Sequence[CourseRunReport]) -> Mapping[str, CourseRun]:
    links = [each.resource_link for each in reports]
    runs = CourseRun.objects.select_for_update(no_key=True, of=("self",))
    runs = runs.filter(resource_link__in=links).select_related("course").order_by("resource_link")
    return {run.resource_link: run for run in runs}


def _apply(report: CourseRunReport, run: CourseRun) -> bool:
    """Give the run its new values; say whether any is another one."""
    new = {name: value for name, value in report.values.items() if getattr(run, name) != value}
    for name, value in new.items():
        setattr(run, name, value)
    if new:
        run.updated_on = timezone.now()
    return bool(new)


def _find_errors(
    reports: Sequence[CourseRunReport],
    runs: Mapping[str, CourseRun],
    courses: Mapping[str, Course],
) -> Iterator[tuple[int, Problems]]:
    times = Counter(each.resource_link for each in reports)
    for place, report in enumerate(reports):
        run = runs.get(report.resource_link)
        problems: dict[str, Sequence[object]] = {**(find_wrong_dates(run) if run else {})}
        if times[report.resource_link] > 1:
            problems["resource_link"] = [gettext_lazy("This run is in the list more than once.")]
        wrong_course = _find_wrong_course(report, run, courses)
        if wrong_course:
            problems["course"] = [wrong_course]
        if problems:
            yield place, problems


def _find_wrong_course(
    report: CourseRunReport, run: CourseRun | None, courses: Mapping[str, Course]
) -> str | None:
    code = report.course_code if run else report.course_code_of_new_run
    if code and code not in courses:
        return gettext("There is no course “%(code)s”.") % {"code": code}
    if run is None and not code:
        return gettext("This run is new: give the code of its course.")
    if run and code and code != run.course.code:
        return gettext("This run belongs to the course “%(code)s”, and stays there.") % {
            "code": run.course.code
        }
    return None
