"""What an LMS says about its course runs."""

from typing import Any

from rest_framework import serializers

from joanie.api.serializers.fields import UtcDateTimeField
from joanie.core.course_run_rules import validate_moment, validate_resource_link
from joanie.core.models.course_runs import LONGEST_LINK
from joanie.core.services.course_runs import CourseRunReport


class MomentField(UtcDateTimeField):
    """ISO 8601; without a zone it is UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, validators=[validate_moment], **options)


class CourseRunSyncSerializer(serializers.Serializer[Any]):
    """A course run. What is left out stays as it is; anything else that is sent is ignored."""

    resource_link = serializers.CharField(
        max_length=LONGEST_LINK,
        validators=[validate_resource_link],
        help_text="Where the run is taught; also its name: another link is another run.",
    )
    course = serializers.CharField(
        source="course.code",
        required=False,
        allow_null=True,
        max_length=100,
        help_text="The course's code. A new run needs it, unless its link has an Open edX key.",
    )
    title = serializers.CharField(
        required=False,
        max_length=255,
        help_text="In the site's main language. A new run has its course's without it.",
    )
    start = MomentField()
    end = MomentField(help_text="null: for ever.")
    enrollment_start = MomentField()
    enrollment_end = MomentField(help_text="null: for ever.")

    @property
    def report(self) -> CourseRunReport:
        values = dict(self.validated_data)
        return CourseRunReport(
            resource_link=values.pop("resource_link"),
            course_code=values.pop("course", {}).get("code"),
            values=values,
        )
