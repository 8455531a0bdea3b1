from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.core.enums import EnrollmentState
from joanie.core.models.base import BaseModel
from joanie.core.models.course_runs import CourseRun


class Enrollment(BaseModel):
    """A learner's place in a course run. ``failed``: the LMS does not know about it yet."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrollments"
    )
    course_run = models.ForeignKey(CourseRun, on_delete=models.PROTECT, related_name="enrollments")
    is_active = models.BooleanField(default=True)
    state = models.CharField(
        max_length=10, choices=EnrollmentState.choices, default=EnrollmentState.SET
    )
    failure = models.TextField(blank=True, help_text="What the LMS said, or why it was not asked.")

    class Meta:
        ordering = ("-created_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("owner", "course_run"), name="one_enrollment_in_a_course_run"
            )
        ]
        indexes = [
            models.Index(
                fields=("updated_on",),
                condition=models.Q(state=EnrollmentState.FAILED),
                name="enrollment_to_tell_again",
            )
        ]
        permissions = [("resend_enrollment", _("Can tell the LMS about an enrollment again"))]

    def __str__(self) -> str:
        return f"{self.owner_id} in {self.course_run_id}"
