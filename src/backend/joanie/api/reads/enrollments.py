from django.contrib.auth.base_user import AbstractBaseUser

from joanie.core.models import Enrollment
from joanie.core.models.enrollments import EnrollmentQuerySet


def enrollments_of(owner: AbstractBaseUser) -> EnrollmentQuerySet:
    """Give the owner's enrolments with their course runs, the newest first. One statement."""
    return Enrollment.objects.of(owner.pk).select_related("course_run")
