"""The memory of the LMS, for as long as its process lives."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

from joanie.emulators.kit.controls import Controls
from joanie.emulators.kit.identifiers import new_id
from joanie.emulators.openedx.errors import Refusal

COURSE_KEY = re.compile(r"course-v1:[\w\-~.:]+\+[\w\-~.:]+\+[\w\-~.:]+|[^/]+/[^/]+/[^/]+")
DEFAULT_MODE = "audit"


@dataclass(frozen=True)
class Enrollment:
    user: str
    course_id: str
    mode: str
    is_active: bool
    created: datetime

    def as_json(self) -> dict[str, Any]:
        return {
            "created": f"{self.created:%Y-%m-%dT%H:%M:%SZ}",
            "mode": self.mode,
            "is_active": self.is_active,
            "course_details": {"course_id": self.course_id},
            "user": self.user,
        }


class State:
    def __init__(self, secrets: Sequence[str], controls: Controls) -> None:
        self._secrets = list(secrets)
        self._controls = controls
        self._lock = threading.RLock()
        self.forget()

    def forget(self) -> None:
        with self._lock:
            self._enrollments: dict[tuple[str, str], Enrollment] = {}
            self._tokens: set[str] = set()

    def knows_secret(self, secret: str) -> bool:
        return any(compare_digest(each.encode(), secret.encode()) for each in self._secrets)

    def knows_token(self, token: str) -> bool:
        return token in self._tokens

    def new_token(self) -> str:
        token = new_id("jwt")
        with self._lock:
            self._tokens.add(token)
        return token

    def enrollments(self) -> list[Enrollment]:
        with self._lock:
            return list(self._enrollments.values())

    def enrollment(self, user: str, course_id: str) -> Enrollment | None:
        return self._enrollments.get((user, course_id))

    def set_enrollment(
        self, user: str, course_id: str, *, is_active: bool | None, mode: str | None
    ) -> Enrollment:
        """Create the enrolment, or change it. Raises Refusal as the LMS would.

        One that is created inactive is there all the same.
        """
        with self._lock:
            if not COURSE_KEY.fullmatch(course_id) or self._is_told("unknown_course", course_id):
                raise Refusal(400, f"No course '{course_id}' found for enrollment")
            if self._is_told("unknown_user", user):
                raise Refusal(406, f"The user {user} does not exist.")
            enrollment = self.enrollment(user, course_id)
            if enrollment is None:
                enrollment = self._create(user, course_id)
            elif _is_ended_in_another_mode(enrollment, is_active, mode):
                raise Refusal(
                    400,
                    f"Enrollment mode mismatch: active mode={enrollment.mode}, "
                    f"requested mode={mode}. Won't deactivate.",
                )
            changed = replace(
                enrollment,
                mode=mode or enrollment.mode,
                is_active=enrollment.is_active if is_active is None else is_active,
            )
            if self._controls.own("contrary"):
                return replace(changed, is_active=not changed.is_active)
            self._enrollments[user, course_id] = changed
            return changed

    def _create(self, user: str, course_id: str) -> Enrollment:
        if self._is_told("closed_course", course_id):
            raise Refusal(
                400,
                "An error occurred while creating the new course enrollment for user "
                f"'{user}' in course '{course_id}'",
            )
        return Enrollment(
            user, course_id, mode=DEFAULT_MODE, is_active=True, created=datetime.now(UTC)
        )

    def _is_told(self, instruction: str, value: str) -> bool:
        return bool(self._controls.own(instruction) == value)


def _is_ended_in_another_mode(
    enrollment: Enrollment, is_active: bool | None, mode: str | None
) -> bool:
    return is_active is False and enrollment.is_active and mode not in {None, enrollment.mode}
