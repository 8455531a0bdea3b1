"""What a course run has to be, wherever it comes from."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from joanie.core.course_run_state import Schedule

MOMENTS = ("start", "end", "enrollment_start", "enrollment_end")
# What every time zone, Python and PostgreSQL can tell.
FIRST_YEAR, LAST_YEAR = 1900, 9998
# The key of a run in Open edX is "course-v1:ORGANIZATION+COURSE+RUN".
OPEN_EDX_KEY = re.compile(r"/course-v1:[^/+]+\+(?P<course>[^/+]+)\+[^/+]+(?:/|$)")

Messages = Mapping[str, list[object]]


def validate_resource_link(link: str) -> None:
    """Refuse what no browser could open, or what would run in it."""
    try:
        parts = urlsplit(link)
        is_link = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_link = False
    if not is_link or any(
        character.isspace() or not character.isprintable() for character in link
    ):
        raise ValidationError(_("This is not an http or https address."), code="resource_link")


def validate_moment(moment: datetime) -> None:
    """Refuse what some time zone could not show. ``moment`` has a zone."""
    try:
        year = moment.astimezone(UTC).year
    except OverflowError:
        year = 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError(
            _("Give a year between %(first)d and %(last)d. For ever is no date at all."),
            code="moment",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )


def find_wrong_dates(run: Schedule) -> Messages:
    """Return messages by field; none when the dates follow each other."""
    wrong: dict[str, list[object]] = {}
    if run.start and run.end and run.end < run.start:
        wrong["end"] = [_("The end is before the start.")]
    if run.enrollment_start and run.enrollment_end and run.enrollment_end < run.enrollment_start:
        wrong["enrollment_end"] = [_("Enrollment ends before it starts.")]
    return wrong


def find_course_code(resource_link: str) -> str | None:
    """Return the course's code in an Open edX link; None when it is not one."""
    key = OPEN_EDX_KEY.search(unquote(urlsplit(resource_link).path))
    return key["course"] if key else None
