from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from joanie.core.models import OrderTargetCourseRelation, ProductTargetCourseRelation


def chosen_runs(
    model: type[OrderTargetCourseRelation] | type[ProductTargetCourseRelation],
) -> ArraySubquery:
    """Give an expression of the ids of a relation's only runs that count; none means all."""
    through: Any = model.course_runs.through
    relation = model.__name__.lower()
    return ArraySubquery(
        through.objects.filter(**{relation: OuterRef("pk")}).values("courserun_id")
    )
