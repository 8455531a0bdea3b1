"""LMS backends that tests configure."""

from typing import Any, ClassVar

from joanie.lms_handler.base import BaseLMSBackend, LMSUnavailable


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
