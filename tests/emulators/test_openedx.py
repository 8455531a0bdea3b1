"""The stand-in for Open edX answers as Open edX does."""

from collections.abc import Iterator

import httpx
import pytest
from tests.lms_handler.open_edx import COURSE, ENROLLMENTS, SECRET, OpenEdX

from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.management.commands.joanie_emulator import EMULATORS
from joanie.emulators.openedx import create_app

CLIENT = {
    "grant_type": "client_credentials",
    "client_id": "joanie",
    "client_secret": SECRET,
    "token_type": "jwt",
}


@pytest.fixture
def lms() -> Iterator[OpenEdX]:
    with run_emulator(create_app([SECRET])) as base_url, OpenEdX(base_url) as lms:
        yield lms


def message(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def test_the_command_knows_it() -> None:
    assert EMULATORS["openedx"].create_app(["secret"]).import_name.startswith("joanie.")


def test_an_enrollment_is_created_and_read(lms: OpenEdX) -> None:
    created = lms.enroll(mode="verified").json()
    assert created == {
        "created": created["created"],
        "mode": "verified",
        "is_active": True,
        "course_details": {"course_id": COURSE},
        "user": "grace",
    }
    assert lms.enrollment() == created


def test_no_enrollment_is_an_empty_success(lms: OpenEdX) -> None:
    answer = lms.http.get(f"{ENROLLMENTS}/grace,{COURSE}")
    assert (answer.status_code, answer.content) == (200, b"")


def test_ending_what_never_was_creates_it(lms: OpenEdX) -> None:
    lms.enroll(is_active=False)
    assert lms.is_active() is False


def test_ending_it_in_another_mode_is_refused(lms: OpenEdX) -> None:
    lms.enroll(mode="honor")
    status, said = message(lms.enroll(mode="verified", is_active=False))
    assert (status, "Won't deactivate" in said) == (400, True)
    assert lms.is_active()


@pytest.mark.parametrize(
    ("instruction", "value", "status"),
    [
        ("unknown_user", "grace", 406),
        ("unknown_course", COURSE, 400),
        ("closed_course", COURSE, 400),
    ],
)
def test_it_refuses_as_it_is_told(lms: OpenEdX, instruction: str, value: str, status: int) -> None:
    lms.misbehave(**{instruction: value})
    assert lms.enroll().status_code == status
    assert lms.enrollment() is None
    assert lms.enroll(user="alan", course="course-v1:org+other+2026").status_code == 200


def test_a_course_that_closed_keeps_who_is_in_it(lms: OpenEdX) -> None:
    lms.enroll(is_active=False)
    lms.misbehave(closed_course=COURSE)
    assert lms.enroll(is_active=True).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"user": "grace"},
        {"course_details": {"course_id": "nonsense"}},
        {"course_details": {"course_id": COURSE}, "is_active": "yes"},
    ],
)
def test_a_body_it_does_not_understand(lms: OpenEdX, body: object) -> None:
    assert message(lms.http.post(ENROLLMENTS, json=body))[0] == 400


@pytest.mark.parametrize("headers", [{}, {"X-Edx-Api-Key": "x"}, {"Authorization": "JWT x"}])
def test_nobody_enters_without_a_key(lms: OpenEdX, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{lms.base_url}{ENROLLMENTS}", json={}, headers=headers)
    assert (answer.status_code, list(answer.json())) == (401, ["detail"])
    assert httpx.get(f"{lms.base_url}/control", headers=headers).status_code == 401


def test_a_client_gets_a_token(lms: OpenEdX) -> None:
    answer = httpx.post(f"{lms.base_url}/oauth2/access_token", data=CLIENT).json()
    assert (answer["expires_in"], answer["token_type"]) == (3600, "JWT")
    headers = {"Authorization": f"JWT {answer['access_token']}"}
    assert httpx.get(f"{lms.base_url}/control", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status"), [({"client_secret": "x"}, 401), ({"grant_type": "password"}, 400)]
)
def test_a_client_it_does_not_know_gets_none(
    lms: OpenEdX, wrong: dict[str, str], status: int
) -> None:
    answer = httpx.post(f"{lms.base_url}/oauth2/access_token", data={**CLIENT, **wrong})
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_an_unknown_visitor_is_sent_to_the_login(lms: OpenEdX) -> None:
    lms.fail("status", status=302)
    answer = lms.enroll()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?next=/api/")


def test_people_see_who_is_enrolled(lms: OpenEdX) -> None:
    assert "Nobody is enrolled yet" in httpx.get(lms.base_url).text
    lms.enroll(user="<b>grace</b>")
    page = httpx.get(lms.base_url).text
    assert COURSE in page
    assert "<b>grace</b>" not in page
