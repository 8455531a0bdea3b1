"""What can be studied. The rows come from ``joanie.api.reads``."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from joanie.api.serializers.fields import UtcDateTimeField
from joanie.core.course_run_state import compute_state
from joanie.core.models import CourseRun


class OrganizationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    title = serializers.CharField(source="title_i18n")


class CourseRunStateSerializer(serializers.Serializer[Any]):
    priority = serializers.IntegerField(min_value=0, max_value=7, help_text="Lower is better.")
    datetime = UtcDateTimeField(allow_null=True, help_text="The moment that the text announces.")
    call_to_action = serializers.CharField()
    text = serializers.CharField()


def moment_of(context: Mapping[str, Any]) -> datetime:
    """Return the moment that states are of: the view's, so that one answer has only one."""
    moment: datetime = context.get("now") or timezone.now()
    return moment


class CourseRunSerializer(serializers.Serializer[Any]):
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
        return dict(CourseRunStateSerializer(asdict(state)).data)


class TargetCourseSerializer(serializers.Serializer[Any]):
    """A course that is part of a product or of an order."""

    code = serializers.CharField(source="course.code")
    title = serializers.CharField(source="course.title_i18n")
    organizations = OrganizationSerializer(source="course.organizations", many=True)
    position = serializers.IntegerField()
    is_graded = serializers.BooleanField()
    course_runs = serializers.SerializerMethodField()

    @extend_schema_field(CourseRunSerializer(many=True))
    def get_course_runs(self, relation: Any) -> list[dict[str, Any]]:
        runs = relation.course.course_runs.all()
        if relation.run_ids:
            runs = [run for run in runs if run.pk in relation.run_ids]
        return list(CourseRunSerializer(runs, many=True, context=self.context).data)
