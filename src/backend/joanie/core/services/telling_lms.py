"""Telling the LMS who is enrolled where, until it has heard."""

import logging
import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from joanie.common.transactions import forbid_transaction
from joanie.core.enums import EnrollmentState
from joanie.core.models import Enrollment
from joanie.core.models.enrollments import EnrollmentQuerySet
from joanie.core.services.outgoing_events import tell_of_enrollment
from joanie.lms_handler.base import LMSRefused, LMSUnavailable
from joanie.lms_handler.registry import get_lms_backend, get_lms_prefix

logger = logging.getLogger(__name__)

# How many enrolments one sweep tells at most: an LMS limits how often it may be asked.
BATCH = 500


def send_enrollment(enrollment_id: uuid.UUID) -> None:
    """Tell the LMS about an enrolment. Safe to repeat, and to run twice at once.

    What changed while the LMS was being told is told again. A refusal is recorded; the LMS is
    asked again day by day. Raises LMSUnavailable, or what a backend that broke raises, once the
    enrolment is recorded as failed.
    """
    forbid_transaction()
    enrollment = Enrollment.objects.select_related("owner", "course_run").get(pk=enrollment_id)
    rows = Enrollment.objects.filter(pk=enrollment_id)
    try:
        _tell(enrollment)
    except LMSRefused as error:
        rows.record_failure(str(error), is_refused=True)
        logger.warning("Enrollment %s is refused by the LMS: %s", enrollment_id, error)
        return
    except LMSUnavailable as error:
        rows.record_failure(str(error) or "The LMS is not available.")
        raise
    except Exception as error:
        # Its message is for logs: nobody knows what is in it.
        rows.record_failure(f"The backend of the LMS broke: {type(error).__name__}.")
        raise
    if not _record_told(enrollment):
        send_enrollment(enrollment_id)


def tell_late_enrollments(now: datetime | None = None) -> int:
    """Tell again what an LMS did not hear; return how many enrolments were tried. Safe to repeat.

    An LMS that is still down is asked once, and does not keep the others waiting.
    """
    return _tell_again(Enrollment.objects.to_tell_again(now or timezone.now()))


def tell_refused_enrollments(now: datetime | None = None) -> int:
    """Ask again what an LMS refused: the learner may have an account there by now.

    Returns how many enrolments were tried. Safe to repeat.
    """
    return _tell_again(Enrollment.objects.refused(now or timezone.now()))


def _record_told(enrollment: Enrollment) -> bool:
    """Note that the LMS knows, and tell other systems; not when it is another thing by now."""
    with transaction.atomic():
        same = Enrollment.objects.filter(pk=enrollment.pk, is_active=enrollment.is_active)
        if not same.record_told():
            return False
        enrollment.state = EnrollmentState.SET
        tell_of_enrollment(enrollment)
    return True


def _tell(enrollment: Enrollment) -> None:
    backend = get_lms_backend(enrollment.course_run.resource_link)
    if backend is not None:
        backend.set_enrollment(
            username=enrollment.owner.get_username(),
            resource_link=enrollment.course_run.resource_link,
            is_active=enrollment.is_active,
        )


def _tell_again(enrollments: EnrollmentQuerySet) -> int:
    """Tell one by one, in no order: one that always fails never stands before the same others."""
    tried = 0
    down: set[str | None] = set()
    for enrollment_id, link in enrollments.order_by("?").values_list(
        "pk", "course_run__resource_link"
    ):
        prefix = get_lms_prefix(link)
        if prefix in down:
            continue
        if tried == BATCH:
            break
        tried += 1
        try:
            send_enrollment(enrollment_id)
        except LMSUnavailable as error:
            logger.warning("The LMS at %s is still down: %s", prefix, error)
            down.add(prefix)
        except Enrollment.DoesNotExist:
            continue
        except Exception:
            logger.exception("Enrollment %s could not be told to the LMS", enrollment_id)
            down.add(prefix)
    return tried
