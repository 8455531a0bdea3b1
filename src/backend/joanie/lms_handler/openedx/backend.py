import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from joanie.lms_handler.base import BaseLMSBackend, LMSRefused, LMSUnavailable
from joanie.lms_handler.openedx.client import OpenEdXClient
from joanie.lms_handler.openedx.mapping import (
    COURSE_ID_PATTERN,
    enrollment_body,
    read_course_id,
    read_is_active,
)

OPTIONS = frozenset(
    {
        "base_url",
        "api_key",
        "client_id",
        "client_secret",
        "mode",
        "force_enrollment",
        "course_id_pattern",
    }
)


class OpenEdXLMSBackend(BaseLMSBackend):
    """Enrols through Open edX's enrollment API, version 1.

    Learners have the same username here and there. An account that does not exist there yet is a
    refusal, until the learner has signed in there.
    """

    def set_enrollment(self, *, username: str, resource_link: str, is_active: bool) -> None:
        configuration = self.configuration
        course_id = read_course_id(
            resource_link, configuration.get("course_id_pattern") or COURSE_ID_PATTERN
        )
        if course_id is None:
            raise LMSRefused("The resource link of the course run holds no course id.")
        client = OpenEdXClient(configuration)
        if not is_active and not _is_enrolled(client, username, course_id):
            # Open edX would enrol and end it at once, with mails and events for both.
            return
        answer = client.set_enrollment(
            enrollment_body(
                username,
                course_id,
                is_active=is_active,
                mode=configuration.get("mode"),
                is_forced=bool(configuration.get("force_enrollment")),
            )
        )
        if read_is_active(answer) is not is_active:
            raise LMSUnavailable("Its answer is not what it was asked to do.")

    @classmethod
    def find_faults(cls, configuration: Mapping[str, Any]) -> Iterator[str]:
        unknown = sorted(set(configuration) - OPTIONS, key=str)
        if unknown:
            yield f"There is no option {', '.join(map(repr, unknown))}."
        if not _is_web_address(configuration.get("base_url")):
            yield "“base_url” is the address of the LMS, such as “https://lms.example.org”."
        has_client = bool(configuration.get("client_id") and configuration.get("client_secret"))
        if has_client == bool(configuration.get("api_key")):
            yield "Give either “api_key”, or “client_id” and “client_secret”."
        if not _names_course_id(configuration.get("course_id_pattern") or COURSE_ID_PATTERN):
            yield "“course_id_pattern” is a regular expression with a group (?P<course_id>…)."


def _is_enrolled(client: OpenEdXClient, username: str, course_id: str) -> bool:
    enrollment = client.get_enrollment(username, course_id)
    return enrollment is not None and read_is_active(enrollment) is not False


def _is_web_address(url: object) -> bool:
    """Say whether it is one that may be logged: without a user's name and password."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and parts.username is None


def _names_course_id(pattern: object) -> bool:
    try:
        return isinstance(pattern, str) and "course_id" in re.compile(pattern).groupindex
    except re.error:
        return False
