"""LMS backends that tests configure."""

from typing import Any, ClassVar

from joanie.core.models import Enrollment
from joanie.lms_handler.base import BaseLMSBackend, LMSRefused, LMSUnavailable


class NotingLMS(BaseLMSBackend):
    """Notes what it is told, in ``told``."""

    told: ClassVar[list[tuple[str, str, bool]]] = []

    def set_enrollment(self, *, username: str, resource_link: str, is_active: bool) -> None:
        self.told.append((username, resource_link, is_active))


class LMSThatIsDown(BaseLMSBackend):
    def set_enrollment(self, **_: Any) -> None:
        raise LMSUnavailable


class BrokenLMS(BaseLMSBackend):
    def set_enrollment(self, **_: Any) -> None:
        raise KeyError("something the author of the backend forgot")


class RefusingLMS(BaseLMSBackend):
    def set_enrollment(self, **_: Any) -> None:
        raise LMSRefused("The user grace does not exist.")


class LMSThatTheLearnerOvertakes(NotingLMS):
    """While it is told of an enrolment, the learner leaves."""

    def set_enrollment(self, **call: Any) -> None:
        super().set_enrollment(**call)
        Enrollment.objects.update(is_active=False)


class LMSThatIsDownAndCounts(NotingLMS):
    def set_enrollment(self, **call: Any) -> None:
        super().set_enrollment(**call)
        raise LMSUnavailable("It is down.")
