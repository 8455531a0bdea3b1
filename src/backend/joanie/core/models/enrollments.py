from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.core.enums import EnrollmentState
from joanie.core.models.base import BaseModel
from joanie.core.models.course_runs import CourseRun
from joanie.core.models.owners import keep_with_owner

# By then the job that tells the LMS has given up.
LATE_AFTER = timedelta(hours=1)


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def of(self, owner_id: Any) -> Self:
        return self.filter(owner=owner_id)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def to_tell_again(self, now: datetime) -> Self:
        """Those whose LMS did not answer, although it was asked for a while."""
        return self._failed(now).filter(is_refused=False)

    def refused(self, now: datetime) -> Self:
        """Those whose LMS said no."""
        return self._failed(now).filter(is_refused=True)

    def record_told(self) -> int:
        """Note that the LMS knows; return how many rows that is true of."""
        return self.update(state=EnrollmentState.SET, failure="", is_refused=False)

    def record_failure(self, failure: str, *, is_refused: bool = False) -> int:
        return self.update(state=EnrollmentState.FAILED, failure=failure, is_refused=is_refused)

    def _failed(self, now: datetime) -> Self:
        return self.filter(state=EnrollmentState.FAILED, updated_on__lt=now - LATE_AFTER)


class Enrollment(BaseModel):
    """A learner's place in a course run. ``failed``: the LMS does not know about it yet.

    ``updated_on`` is when it was last entered or left; telling the LMS does not change it.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=keep_with_owner, related_name="joanie_enrollments"
    )
    course_run = models.ForeignKey(CourseRun, on_delete=models.PROTECT, related_name="enrollments")
    is_active = models.BooleanField(default=True)
    state = models.CharField(
        max_length=10, choices=EnrollmentState.choices, default=EnrollmentState.SET
    )
    is_taken_back = models.BooleanField(
        default=False, help_text="The learner did not leave: an order stopped giving access."
    )
    failure = models.TextField(blank=True, help_text="What the LMS said, or why it was not asked.")
    is_refused = models.BooleanField(
        default=False, help_text="The LMS said no; it is asked again day by day."
    )

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ("-created_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("owner", "course_run"), name="one_enrollment_in_a_course_run"
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(is_taken_back=False),
                name="enrollment_taken_back_is_not_active",
            ),
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
        return f"Enrollment {self.pk}"
