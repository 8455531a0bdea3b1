from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from modeltrans.fields import TranslationField

from joanie.core.models.base import BaseModel
from joanie.core.models.catalogue import Course

LONGEST_LINK = 200


class CourseRun(BaseModel):
    """One session of a course. A missing end, or end of enrollment, means for ever."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="course_runs")
    title = models.CharField(max_length=255)
    resource_link = models.CharField(
        max_length=LONGEST_LINK,
        unique=True,
        help_text=_("Where the course is taught; also its name there."),
    )
    start = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)
    enrollment_start = models.DateTimeField(null=True, blank=True)
    enrollment_end = models.DateTimeField(null=True, blank=True)
    is_listed = models.BooleanField(
        default=False, help_text=_("Anybody may enroll, without having bought a product.")
    )

    i18n = TranslationField(fields=("title",))
    title_i18n: str

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        ordering = ("start", "id")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__gte=models.F("start")),
                name="course_run_ends_after_its_start",
            ),
            models.CheckConstraint(
                condition=models.Q(enrollment_end__gte=models.F("enrollment_start")),
                name="course_run_enrollment_ends_after_its_start",
            ),
        ]

    def __str__(self) -> str:
        return self.title
