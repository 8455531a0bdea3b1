from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Manager, OuterRef, QuerySet

from joanie.core.models import OrderTargetCourseRelation, ProductTargetCourseRelation

Relation = TypeVar("Relation", OrderTargetCourseRelation, ProductTargetCourseRelation)


def target_courses(model: type[Relation]) -> QuerySet[Relation]:
    """Give the relations, their courses, and these courses' runs and organizations.

    Three statements. ``run_ids`` are the only runs that count; none means all of the course's.
    """
    relations: Manager[Relation] = model._default_manager  # noqa: SLF001 - public by documentation
    chosen = relations.filter(pk=OuterRef("pk"), course_runs__isnull=False).order_by()
    return (
        relations.select_related("course")
        .annotate(run_ids=ArraySubquery(chosen.values("course_runs")))
        .prefetch_related("course__organizations", "course__course_runs")
    )
