"""What an LMS tells us about its course runs."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.api.api_client import ROOT, Api
from tests.api.test_api_bad_input import BODIES, VALUES
from tests.concurrency import at_once
from tests.statements import captured_statements, listing

from joanie.api.parsers import MAX_BODY_SIZE
from joanie.core.factories import CourseFactory, CourseRunFactory
from joanie.core.models import CourseRun

PATH = f"{ROOT}/course-runs-sync/"
OPEN_EDX_LINK = "https://lms.example.org/courses/course-v1:ORG+physics+2027/course/"
SENT = {
    "resource_link": OPEN_EDX_LINK,
    "start": "2027-01-04T09:00:00Z",
    "end": "2027-06-30T18:00:00+02:00",
    "enrollment_start": "2026-11-01T00:00:00",
    "enrollment_end": None,
    "languages": ["fr"],
    "enrollment_count": 3,
    "catalog_visibility": "course_and_search",
}


@pytest.fixture(autouse=True)
def _secrets(_shop_settings: None, settings: Settings) -> None:
    hooks = [{"url": "https://catalogue.example.org/hook", "secret": "theirs"}]
    settings.JOANIE = {
        **settings.JOANIE,
        "COURSE_RUN_SYNC_SECRETS": ["new", "old é"],
        "CATALOGUE_HOOKS": hooks,
    }


@pytest.fixture
def course(db: None) -> Any:
    return CourseFactory(code="physics", title="Physics", title_fr="Physique")


def signature(body: bytes, secret: str = "new") -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return f"SIG-HMAC-SHA256 {digest}"


def send(body: Any, *, secret: str = "new", **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": signature(content, secret), **headers}
    client = Client(enforce_csrf_checks=True, headers=headers)
    return client.post(PATH, content, content_type="application/json")


def announced() -> list[str]:
    jobs = ProcrastinateJob.objects.filter(task_name="joanie.core.tell_catalogue").order_by("id")
    return [job.args["course_run_id"] for job in jobs]


def test_what_open_edx_sends_makes_a_run_of_the_course_in_the_link(course: Any) -> None:
    response = send(SENT)
    assert response.status_code == 201, response.content
    run = CourseRun.objects.get()
    assert (run.course, run.resource_link, run.is_listed) == (course, OPEN_EDX_LINK, False)
    assert (run.title, run.title_fr) == ("Physics", "Physique")
    assert run.start == datetime(2027, 1, 4, 9, tzinfo=UTC)
    assert run.end == datetime(2027, 6, 30, 16, tzinfo=UTC)
    assert run.enrollment_start == datetime(2026, 11, 1, tzinfo=UTC)
    assert run.enrollment_end is None
    assert announced() == [str(run.pk)]


def test_a_run_that_has_a_title_does_not_take_the_translations_of_its_course(course: Any) -> None:
    send({**SENT, "title": "Autumn"})
    run = CourseRun.objects.get()
    assert (run.title, run.title_fr) == ("Autumn", None)


def test_the_answer_is_the_run(course: Any) -> None:
    assert send({**SENT, "title": "Autumn"}).json() == {
        "resource_link": OPEN_EDX_LINK,
        "course": "physics",
        "title": "Autumn",
        "start": "2027-01-04T09:00:00Z",
        "end": "2027-06-30T16:00:00Z",
        "enrollment_start": "2026-11-01T00:00:00Z",
        "enrollment_end": None,
    }


@pytest.mark.parametrize(
    "link",
    [
        "https://lms.example.org/courses/course-v1:ORG+physics+2027",
        "https://lms.example.org/courses/course-v1%3AORG%2Bphysics%2B2027/info?a=b",
        "http://edx:8073/courses/course-v1:ORG+physics+2027/course/",
    ],
)
def test_the_key_of_open_edx_is_read_wherever_it_is_in_the_link(course: Any, link: str) -> None:
    assert send({"resource_link": link}).status_code == 201
    assert CourseRun.objects.get().course == course


def test_a_course_that_is_named_comes_before_the_one_in_the_link(course: Any) -> None:
    named = CourseFactory(code="maths")
    assert send({**SENT, "course": "maths"}).status_code == 201
    assert CourseRun.objects.get().course == named


def test_the_same_again_changes_nothing(course: Any) -> None:
    first = send(SENT)
    before = CourseRun.objects.values().get()
    again = send(SENT)
    assert (again.status_code, again.json()) == (200, first.json())
    assert CourseRun.objects.values().get() == before
    assert len(announced()) == 1


def test_what_is_not_sent_stays_as_it_is(course: Any) -> None:
    run = CourseRunFactory(course=course, title_fr="Automne", is_listed=True)
    sent = {"resource_link": run.resource_link, "end": "2099-01-01T00:00:00Z"}
    assert send(sent).status_code == 200
    now = CourseRun.objects.get()
    assert now.end == datetime(2099, 1, 1, tzinfo=UTC)
    assert (now.start, now.title, now.title_fr) == (run.start, run.title, "Automne")
    assert now.is_listed
    assert now.updated_on > run.updated_on
    assert announced() == [str(run.pk)]


def test_null_takes_a_date_away(course: Any) -> None:
    run = CourseRunFactory(course=course)
    send({"resource_link": run.resource_link, "end": None})
    assert CourseRun.objects.get().end is None


def test_a_list_is_answered_by_a_list(course: Any) -> None:
    run = CourseRunFactory(course=course)
    response = send([SENT, {"resource_link": run.resource_link}])
    assert response.status_code == 201
    assert [each["resource_link"] for each in response.json()] == [
        OPEN_EDX_LINK,
        run.resource_link,
    ]
    assert announced() == [str(CourseRun.objects.exclude(pk=run.pk).get().pk)]


def test_an_empty_list_is_nothing_to_do(course: Any) -> None:
    response = send([])
    assert (response.status_code, response.json()) == (200, [])


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"course": "chemistry"}, "course", "There is no course “chemistry”."),
        ({"resource_link": "https://lms.example.org/1"}, "course", "This run is new: give"),
        ({"resource_link": "javascript:alert(1)"}, "resource_link", "not an http or https"),
        ({"resource_link": "https://lms.example.org/a b"}, "resource_link", "not an http"),
        ({"resource_link": "https://[lms"}, "resource_link", "not an http or https"),
        ({"resource_link": f"https://lms.example.org/{'x' * 200}"}, "resource_link", "200"),
        ({"resource_link": None}, "resource_link", "null"),
        ({"end": "2027-01-04T08:59:59Z"}, "end", "The end is before the start."),
        ({"enrollment_end": "2026-10-31T00:00:00Z"}, "enrollment_end", "ends before it starts"),
        ({"start": "9999-01-01T00:00:00Z"}, "start", "Give a year between 1900 and 9998"),
        ({"start": "1899-12-31T23:59:59Z"}, "start", "Give a year between 1900 and 9998"),
        ({"start": "9999-12-31T23:59:59-12:00"}, "start", "out of range"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start", "out of range"),
        ({"start": "04/01/2027"}, "start", "format"),
        ({"title": ""}, "title", "blank"),
        ({"title": "x" * 256}, "title", "255"),
    ],
)
def test_what_is_wrong_is_said_by_field_and_place(
    course: Any, wrong: dict[str, Any], field: str, message: str
) -> None:
    alone, last = (
        send({**SENT, **wrong}),
        send([{**SENT, "resource_link": "https://a.b/c", "course": "physics"}, {**SENT, **wrong}]),
    )
    assert (alone.status_code, last.status_code) == (400, 400)
    assert message in alone.json()[field][0]
    assert last.json() == {"1": alone.json()}
    assert not CourseRun.objects.exists()
    assert not announced()


def test_dates_are_compared_with_those_that_are_kept(course: Any) -> None:
    run = CourseRunFactory(course=course)
    sent = {"resource_link": run.resource_link, "end": "2001-01-01T00:00:00Z"}
    assert send(sent).json() == {"end": ["The end is before the start."]}
    assert CourseRun.objects.get().end == run.end


def test_a_run_does_not_go_to_another_course(course: Any) -> None:
    run = CourseRunFactory()
    response = send({"resource_link": run.resource_link, "course": "physics"})
    assert response.status_code == 400
    assert run.course.code in response.json()["course"][0]


@pytest.mark.django_db
def test_a_run_that_staff_put_into_another_course_than_the_link_says_stays_there() -> None:
    run = CourseRunFactory(resource_link=OPEN_EDX_LINK)
    assert send(SENT).status_code == 200
    assert CourseRun.objects.get().course_id == run.course_id


def test_a_run_is_in_a_list_once(course: Any) -> None:
    response = send([SENT, SENT])
    message = ["This run is in the list more than once."]
    assert response.json() == {"0": {"resource_link": message}, "1": {"resource_link": message}}
    assert not CourseRun.objects.exists()


def test_messages_are_translated(course: Any) -> None:
    response = send({**SENT, "course": "x"}, **{"Accept-Language": "fr"})
    assert "pas de cours « x »." in response.json()["course"][0]


@pytest.mark.parametrize("secret", ["new", "old é"])
def test_any_of_the_secrets_signs(course: Any, secret: str) -> None:
    assert send(SENT, secret=secret).status_code == 201


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "SIG-HMAC-SHA256",
        "SIG-HMAC-SHA256 ",
        f"SIG-HMAC-SHA256 {'0' * 64}",
        "SIG-HMAC-SHA256 é",
        "Bearer x",
        signature(b"{}", "new"),
        signature(json.dumps(SENT).encode(), "other"),
        signature(json.dumps(SENT).encode(), ""),
        signature(json.dumps(SENT).encode()).removeprefix("SIG-HMAC-SHA256 "),
        signature(json.dumps(SENT).encode()).replace("256", "512", 1),
    ],
)
def test_what_nobody_we_know_signed_is_refused_in_the_same_words(
    course: Any, authorization: str
) -> None:
    response = send(SENT, Authorization=authorization)
    assert response.status_code == 401
    assert response.json() == {
        "detail": "This request is not signed by anyone we know.",
        "code": "not_signed",
    }
    assert response.headers["WWW-Authenticate"] == "SIG-HMAC-SHA256"
    assert not CourseRun.objects.exists()


@pytest.mark.parametrize("secrets", [[], [""], "new", ""])
@pytest.mark.parametrize("secret", ["", "n", "new"])
def test_without_a_secret_everything_is_refused(
    course: Any, settings: Settings, secrets: Any, secret: str
) -> None:
    settings.JOANIE = {**settings.JOANIE, "COURSE_RUN_SYNC_SECRETS": secrets}
    assert send(SENT, secret=secret).status_code == 401


def test_a_token_is_not_a_signature(api: Api) -> None:
    assert api.post("/course-runs-sync/", SENT).status_code == 401


def test_the_signature_is_of_the_bytes_as_they_are_sent(course: Any) -> None:
    assert send(json.dumps(SENT, indent=3).encode()).status_code == 201
    other = json.dumps(SENT).encode() + b" "
    assert send(other, Authorization=signature(json.dumps(SENT).encode())).status_code == 401


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_says_nothing(course: Any, body: bytes) -> None:
    response = send(body)
    assert response.status_code == (200 if body == b"[]" else 400)
    assert not CourseRun.objects.exists()


@pytest.mark.parametrize("field", ["resource_link", "course", "title", "start", "languages"])
def test_no_value_breaks_it(course: Any, field: str) -> None:
    for value in VALUES:
        response = send({**SENT, field: value})
        assert response.status_code in {200, 201, 400}, (value, response.content)
        assert send([value]).status_code == 400


def test_a_body_that_is_too_large_is_not_read(course: Any) -> None:
    assert send(b" " * (MAX_BODY_SIZE + 1)).status_code == 413


def test_a_list_that_is_too_long_is_refused(course: Any) -> None:
    response = send([{}] * 1001)
    assert response.status_code == 400
    assert "1000" in response.json()["non_field_errors"][0]


def test_what_is_read_and_written_does_not_grow_with_the_list(
    course: Any, settings: Settings
) -> None:
    settings.JOANIE = {**settings.JOANIE, "CATALOGUE_HOOKS": []}
    with captured_statements() as one:
        send([_numbered(0)])
    with captured_statements() as many:
        send([_numbered(number) for number in range(50)])
    assert len(many) == len(one), listing(many)


def _numbered(number: int) -> dict[str, Any]:
    return {**SENT, "resource_link": f"https://lms.example.org/{number}", "course": "physics"}


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_run(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 30}
    CourseFactory(code="physics")
    body = [SENT, {**SENT, "resource_link": "https://lms.example.org/2", "course": "physics"}]
    answers = at_once(lambda: send(body), lambda: send(body[::-1]))
    assert {answer.status_code for answer in answers} <= {200, 201}, answers
    assert CourseRun.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_else_holds_is_to_be_sent_again(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.1}
    run = CourseRunFactory()
    with transaction.atomic():
        CourseRun.objects.select_for_update().get()
        (answer,) = at_once(lambda: send({"resource_link": run.resource_link}))
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


def test_messages_of_dates_speak_french() -> None:
    with translation.override("fr"):
        assert translation.gettext("The end is before the start.") == "La fin est avant le début."
