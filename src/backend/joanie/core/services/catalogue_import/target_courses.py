"""The courses that products give access to, and the runs they restrict it to."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from joanie.core.models import Course, CourseRun, ProductTargetCourseRelation
from joanie.core.services.catalogue_import.links import BATCH, Links


class WrongTargets(ValueError):
    """``column`` names what does not fit the product's target courses."""

    def __init__(self, column: str, message: str) -> None:
        self.column = column
        super().__init__(message)


class TargetCourses:
    """Read once, changed in memory, written once. ``affected``: courses that sell otherwise."""

    def __init__(self) -> None:
        self.affected: set[uuid.UUID] = set()
        # By product, then by course, in order.
        self._there: dict[uuid.UUID, dict[uuid.UUID, ProductTargetCourseRelation]]
        self._there = defaultdict(dict)
        self._runs = Links(ProductTargetCourseRelation.course_runs)
        self._added: list[ProductTargetCourseRelation] = []
        self._changed: list[ProductTargetCourseRelation] = []
        self._removed: list[ProductTargetCourseRelation] = []

    def read(self, product_ids: Iterable[uuid.UUID]) -> None:
        for relation in ProductTargetCourseRelation.objects.filter(product__in=list(product_ids)):
            self._there[relation.product_id][relation.course_id] = relation
        self._runs.read(each.pk for there in self._there.values() for each in there.values())

    def replace(
        self,
        product_id: uuid.UUID,
        *,
        courses: Sequence[Course] | None,
        runs: Sequence[CourseRun] | None,
        ungraded: Sequence[Course] | None,
    ) -> bool:
        """Give a product these target courses; say whether that is a change. Once for each.

        None leaves things as they are. Raises WrongTargets.
        """
        there = self._there.get(product_id, {})
        course_ids = list(there) if courses is None else [course.pk for course in courses]
        _check(course_ids, runs or (), ungraded or ())
        runs_of = None if runs is None else _by_course(runs)
        ungraded_ids = None if ungraded is None else {course.pk for course in ungraded}
        changes = [self._remove(there[each]) for each in there if each not in course_ids]
        for position, course_id in enumerate(course_ids):
            relation, is_new = self._find_or_add(product_id, course_id)
            was = (relation.position, relation.is_graded)
            if courses is not None:
                relation.position = position
            if ungraded_ids is not None:
                relation.is_graded = course_id not in ungraded_ids
            if not is_new and was != (relation.position, relation.is_graded):
                self._changed.append(relation)
                changes.append(True)
            is_restricted_anew = runs_of is not None and self._runs.replace(
                relation.pk, runs_of[course_id]
            )
            if is_new or is_restricted_anew:
                self.affected.add(course_id)
                changes.append(True)
        return any(changes)

    def write(self) -> None:
        relations = ProductTargetCourseRelation.objects
        relations.filter(pk__in=[each.pk for each in self._removed]).delete()
        relations.bulk_create(self._added, batch_size=BATCH)
        relations.bulk_create(
            self._changed,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["position", "is_graded", "updated_on"],
        )
        self._runs.write()

    def _find_or_add(
        self, product_id: uuid.UUID, course_id: uuid.UUID
    ) -> tuple[ProductTargetCourseRelation, bool]:
        relation = self._there.get(product_id, {}).get(course_id)
        if relation is not None:
            return relation, False
        relation = ProductTargetCourseRelation(product_id=product_id, course_id=course_id)
        self._added.append(relation)
        return relation, True

    def _remove(self, relation: ProductTargetCourseRelation) -> bool:
        self._removed.append(relation)
        self.affected.add(relation.course_id)
        return True


def _check(
    course_ids: Sequence[uuid.UUID], runs: Iterable[CourseRun], ungraded: Iterable[Course]
) -> None:
    for run in runs:
        if run.course_id not in course_ids:
            message = f"“{run.resource_link}” is no run of the product's target courses."
            raise WrongTargets("target_course_runs", message)
    for course in ungraded:
        if course.pk not in course_ids:
            message = f"“{course.code}” is none of the product's target courses."
            raise WrongTargets("ungraded_courses", message)


def _by_course(runs: Iterable[CourseRun]) -> Mapping[uuid.UUID, list[uuid.UUID]]:
    by_course: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for run in runs:
        by_course[run.course_id].append(run.pk)
    return by_course
