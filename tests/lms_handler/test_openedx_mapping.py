"""Words of Open edX."""

import pytest

from joanie.lms_handler.openedx.mapping import (
    enrollment_body,
    enrollment_path,
    read_course_id,
    read_is_active,
    read_message,
)

COURSE = "course-v1:org+python+2026"


@pytest.mark.parametrize(
    "link",
    [
        f"https://lms.example.org/courses/{COURSE}",
        f"https://lms.example.org/courses/{COURSE}/",
        f"https://lms.example.org/courses/{COURSE}/about",
        f"https://lms.example.org/courses/{COURSE}?next=/a+b+c",
        f"https://apps.lms.example.org/learning/course/{COURSE}/home",
        "https://lms.example.org/courses/course-v1%3Aorg%2Bpython%2B2026/course/",
    ],
)
def test_the_course_id_is_found_in_a_link(link: str) -> None:
    assert read_course_id(link) == COURSE


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://lms.example.org/",
        "https://lms.example.org/courses/course-v1:org+python",
        "https://lms.example.org/courses/org/python/2026/about",
        "https://lms.example.org/courses/block-v1:org+python+2026",
    ],
)
def test_a_link_may_hold_no_course_id(link: str) -> None:
    assert read_course_id(link) is None


def test_an_enrollment_is_named_in_one_piece() -> None:
    assert enrollment_path("grace", COURSE) == f"grace,{COURSE}"
    assert enrollment_path("../a?b#c", COURSE) == f"..%2Fa%3Fb%23c,{COURSE}"


def test_an_enrollment_that_begins_has_a_mode() -> None:
    assert enrollment_body("grace", COURSE, is_active=True, mode="honor", is_forced=True) == {
        "user": "grace",
        "is_active": True,
        "course_details": {"course_id": COURSE},
        "mode": "honor",
        "force_enrollment": True,
    }


def test_an_enrollment_that_ends_has_none() -> None:
    assert enrollment_body("grace", COURSE, is_active=False, mode="honor", is_forced=True) == {
        "user": "grace",
        "is_active": False,
        "course_details": {"course_id": COURSE},
    }


@pytest.mark.parametrize("value", [None, "true", 1, {}])
def test_what_is_no_yes_and_no_no_says_nothing(value: object) -> None:
    assert read_is_active({"is_active": value}) is None
    assert read_is_active({}) is None


def test_a_message_is_one_short_line() -> None:
    assert read_message({"message": " No\n\tcourse \x00 here "}) == "No course here"
    assert len(read_message({"message": "x" * 5000})) == 200


@pytest.mark.parametrize("error", [{}, {"message": None}, {"message": {}}, {"detail": "No."}])
def test_a_refusal_may_come_without_a_message(error: dict[str, object]) -> None:
    assert read_message(error) == ""
