"""From our words to Open edX's, and back. Pure functions, no Django."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

# https://lms.example.org/courses/course-v1:org+course+run/course/, or ".../learning/course/...".
COURSE_ID_PATTERN = r"/courses?/(?P<course_id>course-v1:[^/?#+\s]+\+[^/?#+\s]+\+[^/?#+\s]+)"
LONGEST_MESSAGE = 200


def read_course_id(resource_link: str, pattern: str = COURSE_ID_PATTERN) -> str | None:
    """Find the course id in a link, in which its "+" may be percent-encoded."""
    found = re.search(pattern, unquote(resource_link))
    return found["course_id"] if found else None


def enrollment_path(username: str, course_id: str) -> str:
    """Name one enrolment, as the end of a path."""
    return quote(f"{username},{course_id}", safe=",:+@")


def enrollment_body(
    username: str,
    course_id: str,
    *,
    is_active: bool,
    mode: str | None = None,
    is_forced: bool = False,
) -> dict[str, Any]:
    """Describe the enrolment that is wanted.

    One that ends has no mode: Open edX refuses to end an enrolment in another mode than the one
    that is named.
    """
    body: dict[str, Any] = {
        "user": username,
        "is_active": is_active,
        "course_details": {"course_id": course_id},
    }
    if is_active and mode:
        body["mode"] = mode
    if is_active and is_forced:
        body["force_enrollment"] = True
    return body


def read_is_active(enrollment: Mapping[str, Any]) -> bool | None:
    """None when the answer does not say it."""
    is_active = enrollment.get("is_active")
    return is_active if isinstance(is_active, bool) else None


def read_message(error: Mapping[str, Any]) -> str:
    """Return why Open edX refuses, on one short line; nothing when it does not say."""
    message = error.get("message")
    if not isinstance(message, str):
        return ""
    line = "".join(each if each.isprintable() else " " for each in message)
    return " ".join(line.split())[:LONGEST_MESSAGE]
