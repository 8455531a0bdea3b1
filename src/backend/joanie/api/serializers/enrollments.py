"""A learner's places in course runs."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from joanie.api.serializers.courses import CourseRunSerializer
from joanie.api.serializers.fields import UtcDateTimeField, write_moment
from joanie.api.serializers.shown import ShownSerializer
from joanie.core.enums import EnrollmentState
from joanie.core.models import CourseRun
from joanie.core.models.course_runs import LONGEST_LINK


class EnrollmentSerializer(ShownSerializer):
    """``failed``: the LMS does not know yet, and is told again and again."""

    kind = "enrollment"

    id = serializers.UUIDField()
    course_run = CourseRunSerializer()
    is_active = serializers.BooleanField()
    state = serializers.ChoiceField(choices=EnrollmentState.choices)
    created_on = UtcDateTimeField()


def write_enrollment(row: Mapping[str, Any], course_run: Mapping[str, Any]) -> dict[str, Any]:
    """Write a row as ``EnrollmentSerializer`` does, with its run as it is shown."""
    return {
        "id": str(row["id"]),
        "course_run": course_run,
        "is_active": row["is_active"],
        "state": row["state"],
        "created_on": write_moment(row["created_on"]),
    }


class NewEnrollmentSerializer(serializers.Serializer[Any]):
    """A run to enter, or to leave."""

    course_run = serializers.CharField(
        max_length=LONGEST_LINK, help_text="The resource link of the run."
    )
    is_active = serializers.BooleanField(required=False, help_text="True when left out.")

    def validate_course_run(self, link: str) -> CourseRun:
        course_run = CourseRun.objects.filter(resource_link=link).first()
        if course_run is None:
            raise serializers.ValidationError(_("There is no such course run."))
        return course_run


class EnrollmentChangeSerializer(serializers.Serializer[Any]):
    """Whether to be in the run. Which run it is does not change."""

    course_run = serializers.CharField(
        required=False, max_length=LONGEST_LINK, help_text="The same as before, if given."
    )
    is_active = serializers.BooleanField()

    def validate_course_run(self, link: str) -> str:
        enrollment: Any = self.instance
        if link != enrollment.course_run.resource_link:
            raise serializers.ValidationError(
                _("An enrollment does not move to another course run.")
            )
        return link


class EnrollmentFilterSerializer(serializers.Serializer[Any]):
    """The query of a list of enrolments."""

    course_run = serializers.CharField(
        required=False, max_length=LONGEST_LINK, help_text="Its resource link, or its id."
    )
    is_active = serializers.BooleanField(required=False, allow_null=True)

    @property
    def condition(self) -> Q:
        """What the query asks for, once it is valid."""
        condition = Q()
        link = self.validated_data.get("course_run")
        if link is not None:
            condition &= _names_run(link)
        is_active = self.validated_data.get("is_active")
        if is_active is not None:
            condition &= Q(is_active=is_active)
        return condition


def _names_run(link: str) -> Q:
    try:
        return Q(course_run__resource_link=link) | Q(course_run=uuid.UUID(link))
    except ValueError:
        return Q(course_run__resource_link=link)
