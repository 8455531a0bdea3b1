"""What can be studied. The rows come from ``joanie.api.reads``.

Fields say what is answered, for the description of the API; ``to_representation`` writes it. There
are hundreds of these in an answer, and REST framework's own way takes ten times as long.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from joanie.api.serializers.fields import UtcDateTimeField, write_moment
from joanie.api.serializers.shown import ShownSerializer
from joanie.core.course_run_state import CourseRunState, compute_state
from joanie.core.models import Course, CourseRun, Organization


class OrganizationSerializer(ShownSerializer):
    kind = "organization"

    id = serializers.UUIDField()
    code = serializers.CharField()
    title = serializers.CharField(source="title_i18n")

    def write(self, instance: Organization) -> dict[str, Any]:
        return {"id": str(instance.pk), "code": instance.code, "title": instance.title_i18n}


class CourseRunStateSerializer(serializers.Serializer[Any]):
    priority = serializers.IntegerField(min_value=0, max_value=7, help_text="Lower is better.")
    datetime = UtcDateTimeField(allow_null=True, help_text="The moment that the text announces.")
    call_to_action = serializers.CharField()
    text = serializers.CharField()

    def to_representation(self, instance: CourseRunState) -> dict[str, Any]:
        return {
            "priority": instance.priority,
            "datetime": write_moment(instance.datetime),
            "call_to_action": instance.call_to_action,
            "text": instance.text,
        }


def moment_of(context: Mapping[str, Any]) -> datetime:
    """Return the moment that states are of: the view's, so that one answer has only one."""
    moment: datetime = context.get("now") or timezone.now()
    return moment


class CourseRunSerializer(ShownSerializer):
    kind = "course_run"

    id = serializers.UUIDField()
    title = serializers.CharField(source="title_i18n")
    resource_link = serializers.CharField()
    start = UtcDateTimeField(allow_null=True)
    end = UtcDateTimeField(allow_null=True)
    enrollment_start = UtcDateTimeField(allow_null=True)
    enrollment_end = UtcDateTimeField(allow_null=True)
    state = serializers.SerializerMethodField()

    @extend_schema_field(CourseRunStateSerializer)
    def get_state(self, run: CourseRun) -> dict[str, Any]:
        state = compute_state(run, moment_of(self.context))
        return CourseRunStateSerializer().to_representation(state)

    def write(self, instance: CourseRun) -> dict[str, Any]:
        return {
            "id": str(instance.pk),
            "title": instance.title_i18n,
            "resource_link": instance.resource_link,
            "start": write_moment(instance.start),
            "end": write_moment(instance.end),
            "enrollment_start": write_moment(instance.enrollment_start),
            "enrollment_end": write_moment(instance.enrollment_end),
            "state": self.get_state(instance),
        }


class TaughtCourseSerializer(serializers.Serializer[Any]):
    """What is shown of a course wherever it is part of something bought: all of its runs."""

    code = serializers.CharField()
    title = serializers.CharField(source="title_i18n")
    organizations = OrganizationSerializer(many=True)
    course_runs = CourseRunSerializer(many=True)

    def to_representation(self, instance: Course) -> dict[str, Any]:
        write_organization = OrganizationSerializer().write
        write_run = CourseRunSerializer(context=self.context).write
        return {
            "code": instance.code,
            "title": instance.title_i18n,
            "organizations": [write_organization(each) for each in instance.organizations.all()],
            "course_runs": [write_run(run) for run in instance.course_runs.all()],
        }


class TargetCourseSerializer(ShownSerializer):
    """A course that is part of a product or of an order."""

    kind = "target_course"

    code = serializers.CharField()
    title = serializers.CharField()
    organizations = OrganizationSerializer(many=True)
    position = serializers.IntegerField()
    is_graded = serializers.BooleanField()
    course_runs = CourseRunSerializer(many=True, read_only=True)

    def write(self, instance: Any) -> dict[str, Any]:
        """Write a relation; its course is among the context's ``taught_courses``."""
        return write_target_course(
            self.context["taught_courses"][str(instance.course_id)],
            position=instance.position,
            is_graded=instance.is_graded,
            run_ids=[str(run_id) for run_id in instance.run_ids],
        )


def write_target_course(
    course: Mapping[str, Any], *, position: int, is_graded: bool, run_ids: Collection[str]
) -> dict[str, Any]:
    """Write a course, as it is taught, for what it is part of: with these runs, all when none."""
    return {
        "code": course["code"],
        "title": course["title"],
        "organizations": course["organizations"],
        "position": position,
        "is_graded": is_graded,
        "course_runs": [
            run for run in course["course_runs"] if not run_ids or run["id"] in run_ids
        ],
    }
