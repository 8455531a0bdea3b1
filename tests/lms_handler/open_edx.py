"""The LMS as its own people see it: who is enrolled, and what it is told to do wrong."""

from typing import Any, Self

import httpx

SECRET = "the key of the shop"
COURSE = "course-v1:org+python+2026"
LINK = f"https://lms.example.org/courses/{COURSE}/course/"
ENROLLMENTS = "/api/enrollment/v1/enrollment"


class OpenEdX:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.http = httpx.Client(
            base_url=base_url, headers={"X-Edx-Api-Key": SECRET}, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def misbehave(self, **instructions: Any) -> None:
        self.http.put("/control", json=instructions).raise_for_status()

    def fail(self, mode: str, operation: str = "*", **how: Any) -> None:
        self.misbehave(api={"fail": [{"operation": operation, "mode": mode, **how}]})

    def forget(self) -> None:
        """Lose everything, tokens included: an upgrade that went wrong."""
        self.http.delete("/control/state").raise_for_status()

    def enrollment(self, user: str = "grace", course: str = COURSE) -> dict[str, Any] | None:
        answer = self.http.get(f"{ENROLLMENTS}/{user},{course}").raise_for_status()
        return dict(answer.json()) if answer.content else None

    def enroll(self, user: str = "grace", course: str = COURSE, **changes: Any) -> httpx.Response:
        body = {"user": user, "course_details": {"course_id": course}, **changes}
        return self.http.post(ENROLLMENTS, json=body)

    def is_active(self, user: str = "grace") -> bool | None:
        enrollment = self.enrollment(user)
        return None if enrollment is None else bool(enrollment["is_active"])

    def settings(self, **configuration: Any) -> dict[str, Any]:
        """Give an entry of ``LMS_BACKENDS``."""
        return {
            "backend": "joanie.lms_handler.openedx.OpenEdXLMSBackend",
            "configuration": {"base_url": self.base_url, "api_key": SECRET, **configuration},
        }
