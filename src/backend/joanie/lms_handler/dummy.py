import logging

from joanie.lms_handler.base import BaseLMSBackend

logger = logging.getLogger(__name__)


class DummyLMSBackend(BaseLMSBackend):
    """For development: there is no LMS, so every enrolment is set at once."""

    def set_enrollment(self, *, username: str, resource_link: str, is_active: bool) -> None:
        logger.info(
            "Enrollment of %s in %s: %s", username, resource_link, "on" if is_active else "off"
        )
