"""A course run as catalogues are told about it."""

import uuid
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from modeltrans.utils import build_localized_fieldname

from joanie.core.course_run_rules import MOMENTS
from joanie.core.models import CourseRun, ProductTargetCourseRelation


def describe_course_run(course_run_id: uuid.UUID, *, resource_link: str = "") -> dict[str, Any]:
    """Return the run as JSON, as it is now: moments are ISO 8601 in UTC, null is for ever.

    A run that is not there any more is said to be deleted; ``resource_link`` is what it had.
    """
    runs = CourseRun.objects.select_related("course")
    run = runs.prefetch_related("course__organizations").filter(pk=course_run_id).first()
    if run is None:
        return {"id": str(course_run_id), "resource_link": resource_link, "is_deleted": True}
    return {
        "id": str(run.pk),
        "resource_link": run.resource_link,
        "is_deleted": False,
        "course": run.course.code,
        "organizations": [each.code for each in run.course.organizations.all()],
        "products": _products_of(run),
        "title": run.title,
        "titles": _titles_of(run),
        **{name: _write(getattr(run, name)) for name in MOMENTS},
        "is_listed": run.is_listed,
    }


def _products_of(run: CourseRun) -> list[str]:
    """Return the ids of the products that give access to it."""
    relations = ProductTargetCourseRelation.objects.filter(course=run.course_id).with_runs()
    products = relations.filter(run=run.pk).values_list("product_id", flat=True)
    return sorted(map(str, set(products)))


def _titles_of(run: CourseRun) -> dict[str, str]:
    """Return the titles by language, those that were translated."""
    titles = {
        code: getattr(run, build_localized_fieldname("title", code), None)
        for code, _ in settings.LANGUAGES
    }
    return {code: title for code, title in titles.items() if title}


def _write(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
