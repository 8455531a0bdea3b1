"""The course runs that a learner enters and leaves."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.api.api_client import NO_ID, Api
from tests.concurrency import at_once
from tests.core.purchases import buy
from tests.statements import captured_statements, listing

from joanie.core.factories import CourseFactory, CourseRunFactory, EnrollmentFactory
from joanie.core.models import CourseRun, Enrollment

PATH = "/enrollments/"


@pytest.fixture
def run(db: None) -> CourseRun:
    """Give a run that anybody may enter."""
    course_run: CourseRun = CourseRunFactory(is_listed=True)
    return course_run


def enter(api: Api, run: CourseRun, **body: Any) -> Any:
    return api.post(PATH, {"course_run": run.resource_link, **body})


def path_of(enrollment: Enrollment) -> str:
    return f"{PATH}{enrollment.pk}/"


def close(run: CourseRun) -> None:
    CourseRun.objects.filter(pk=run.pk).update(enrollment_end=timezone.now() - timedelta(hours=1))


def test_a_run_is_entered(api: Api, owner: Any, run: CourseRun) -> None:
    response = enter(api, run, is_active=True)
    assert response.status_code == 201
    answer = response.json()
    enrollment = Enrollment.objects.get(owner=owner, course_run=run)
    assert answer == {
        "id": str(enrollment.pk),
        "course_run": api.read(f"/course-runs/{run.pk}/"),
        "is_active": True,
        "state": "set",
        "created_on": enrollment.created_on.isoformat().replace("+00:00", "Z"),
    }
    assert api.read(f"{PATH}{answer['id']}/") == answer
    assert api.read(PATH)["results"] == [answer]
    assert ProcrastinateJob.objects.get().args == {"enrollment_id": answer["id"]}


def test_entering_again_answers_the_same_enrollment(api: Api, run: CourseRun) -> None:
    first, again = enter(api, run), enter(api, run, is_active=True)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert ProcrastinateJob.objects.count() == 1


def test_a_repeated_request_gets_the_first_answer(api: Api, run: CourseRun) -> None:
    body = {"course_run": run.resource_link}
    answers = [
        api.send("POST", PATH, body, headers={"Idempotency-Key": "key-1"}) for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [201, 201]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_run_is_left_and_entered_again(api: Api, run: CourseRun, method: str) -> None:
    path = f"{PATH}{enter(api, run).json()['id']}/"
    for is_active in (False, True):
        response = api.send(method, path, {"is_active": is_active})
        assert (response.status_code, response.json()["is_active"]) == (200, is_active)
    assert ProcrastinateJob.objects.count() == 3


def test_a_run_is_left_by_its_link_too(api: Api, run: CourseRun) -> None:
    enrollment = enter(api, run).json()
    left = enter(api, run, is_active=False)
    assert (left.status_code, left.json()["id"]) == (200, enrollment["id"])
    assert not Enrollment.objects.get().is_active


def test_what_was_never_entered_is_not_left(api: Api, run: CourseRun) -> None:
    response = enter(api, run, is_active=False)
    assert response.status_code == 400
    assert response.json() == {"is_active": ["You are not enrolled in this course run."]}
    assert not Enrollment.objects.exists()


def test_a_run_can_be_left_after_it_closed_and_not_entered(api: Api, run: CourseRun) -> None:
    path = f"{PATH}{enter(api, run).json()['id']}/"
    close(run)
    assert api.send("PATCH", path, {"is_active": False}).status_code == 200
    response = api.send("PATCH", path, {"is_active": True})
    assert response.status_code == 400
    assert response.json() == {"course_run": ["This course run is not open for enrollment."]}


def test_a_run_that_is_not_listed_has_to_be_bought(api: Api, owner: Any) -> None:
    run = CourseRunFactory()
    response = enter(api, run)
    assert response.status_code == 400
    message = "This course run comes with a product that you have not bought."
    assert response.json() == {"course_run": [message]}
    buy(run.course, owner=owner)
    assert enter(api, run).status_code == 201


def test_a_run_that_somebody_else_bought_is_not_open(api: Api, other: Api, owner: Any) -> None:
    run = CourseRunFactory()
    buy(run.course, owner=owner)
    assert enter(other, run).status_code == 400
    assert enter(api, run).status_code == 201


def test_the_order_shows_the_enrollment(api: Api, owner: Any) -> None:
    run = CourseRunFactory()
    order = buy(run.course, owner=owner)
    enrollment = enter(api, run).json()
    assert api.read(f"/orders/{order.pk}/")["enrollments"] == [enrollment]


def test_another_open_run_of_the_course_is_refused_in_ones_language(
    api: Api, owner: Any, run: CourseRun
) -> None:
    enter(api, run)
    second = CourseRunFactory(course=run.course, is_listed=True)
    message = "You are enrolled in another open run of this course. Leave it first."
    assert enter(api, second).json() == {"course_run": [message]}
    french = enter(Api(owner, language="fr"), second)
    assert french.status_code == 400
    assert "une autre session ouverte" in french.json()["course_run"][0]
    assert Enrollment.objects.get().course_run == run


@pytest.mark.parametrize(
    "link",
    [
        "https://lms.example.org/nothing",
        "",
        " ",
        None,
        12,
        True,
        ["x"],
        {"a": 1},
        "x" * 201,
        "\x00",
    ],
)
def test_a_run_that_does_not_exist_is_named(api: Api, run: CourseRun, link: Any) -> None:
    response = api.post(PATH, {"course_run": link})
    assert (response.status_code, list(response.json())) == (400, ["course_run"])
    assert not Enrollment.objects.exists()


@pytest.mark.parametrize("is_active", [None, "perhaps", 2, [], {}])
def test_a_wish_that_is_no_yes_and_no_no(api: Api, run: CourseRun, is_active: Any) -> None:
    response = enter(api, run, is_active=is_active)
    assert (response.status_code, list(response.json())) == (400, ["is_active"])
    enrollment = enter(api, run).json()
    response = api.send("PUT", f"{PATH}{enrollment['id']}/", {"is_active": is_active})
    assert (response.status_code, list(response.json())) == (400, ["is_active"])


def test_the_run_is_needed_to_enter_and_the_wish_to_replace(api: Api, run: CourseRun) -> None:
    assert list(api.post(PATH, {}).json()) == ["course_run"]
    assert api.post(PATH, [1]).status_code == 400
    path = f"{PATH}{enter(api, run).json()['id']}/"
    assert list(api.send("PUT", path, {}).json()) == ["is_active"]
    assert api.send("PATCH", path, {}).status_code == 200


def test_an_enrollment_does_not_move(api: Api, run: CourseRun) -> None:
    path = f"{PATH}{enter(api, run).json()['id']}/"
    same = {"course_run": run.resource_link, "is_active": False}
    assert api.send("PUT", path, same).status_code == 200
    other = CourseRunFactory(is_listed=True)
    response = api.send("PUT", path, {"course_run": other.resource_link, "is_active": True})
    assert response.status_code == 400
    assert response.json() == {
        "course_run": ["An enrollment does not move to another course run."]
    }
    assert not Enrollment.objects.get().is_active


def test_the_owner_and_the_state_are_not_for_the_client_to_choose(
    api: Api, owner: Any, run: CourseRun
) -> None:
    answer = enter(api, run, id=NO_ID, owner="alan", state="failed").json()
    enrollment = Enrollment.objects.get()
    assert (enrollment.owner, enrollment.state) == (owner, "set")
    assert answer["id"] == str(enrollment.pk) != NO_ID


def test_an_lms_that_did_not_answer_is_shown_without_its_words(api: Api, owner: Any) -> None:
    enrollment = EnrollmentFactory(owner=owner, state="failed", failure="It is down: 10.0.0.1")
    shown = api.read(path_of(enrollment))
    assert shown["state"] == "failed"
    assert "failure" not in shown
    assert "10.0.0.1" not in str(shown)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_somebody_elses_enrollment_is_not_there(
    other: Api, anonymous: Api, owner: Any, method: str
) -> None:
    enrollment = EnrollmentFactory(owner=owner)
    body = {"is_active": False}
    assert other.send(method, path_of(enrollment), body).status_code == 404
    assert anonymous.send(method, path_of(enrollment), body).status_code == 401
    assert other.read(PATH)["results"] == []
    assert anonymous.get(PATH).status_code == 401
    assert Enrollment.objects.get().is_active


@pytest.mark.parametrize("enrollment_id", [NO_ID, "not-a-uuid", "%00", "1"])
def test_an_enrollment_that_is_not_there(api: Api, enrollment_id: str) -> None:
    for method in ("GET", "PUT", "PATCH"):
        body = {"is_active": True}
        assert api.send(method, f"{PATH}{enrollment_id}/", body).status_code == 404


def test_an_enrollment_is_not_deleted(api: Api, owner: Any) -> None:
    enrollment = EnrollmentFactory(owner=owner)
    response = api.send("DELETE", path_of(enrollment))
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert Enrollment.objects.get().is_active


def test_the_list_is_filtered_by_run_and_by_wish(api: Api, owner: Any) -> None:
    here = EnrollmentFactory(owner=owner)
    left = EnrollmentFactory(owner=owner, is_active=False)
    run = here.course_run

    def found(**query: str) -> list[str]:
        return [each["id"] for each in api.read(PATH, **query)["results"]]

    assert found() == [str(left.pk), str(here.pk)]
    assert found(course_run=run.resource_link) == found(course_run=str(run.pk)) == [str(here.pk)]
    assert found(is_active="true") == [str(here.pk)]
    assert found(is_active="false") == [str(left.pk)]
    assert found(course_run=run.resource_link, is_active="false") == []
    assert found(course_run=NO_ID) == found(course_run="https://lms.example.org/nothing") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("course_run", "\x00"),
        ("course_run", "x" * 201),
        ("is_active", "maybe"),
    ],
)
def test_a_filter_that_is_not_understood_is_named(api: Api, field: str, value: str) -> None:
    response = api.get(PATH, **{field: value})
    assert (response.status_code, list(response.json())) == (400, [field])


@pytest.mark.parametrize("rows", [1, 10, 50])
def test_a_list_of_enrollments_takes_3_statements(api: Api, owner: Any, rows: int) -> None:
    for _ in range(rows):
        EnrollmentFactory(owner=owner)
    with captured_statements() as statements:
        page = api.read(PATH, page_size=100)
    assert (page["count"], len(page["results"])) == (rows, rows)
    assert len(statements) == 3, listing(statements)
    assert all(sql.startswith("SELECT") for sql in statements)


@pytest.mark.parametrize("rows", [1, 10])
def test_entering_a_run_takes_the_same_statements_whatever_was_bought(
    api: Api, owner: Any, rows: int
) -> None:
    course = CourseFactory()
    runs = CourseRunFactory.create_batch(rows, course=course)
    for _ in range(rows):
        buy(course, owner=owner)
    with captured_statements() as statements:
        assert enter(api, runs[0]).status_code == 201
    assert len(statements) <= 10, listing(statements)


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_entered_at_once_one_is_taken(owner: Any) -> None:
    runs = CourseRunFactory.create_batch(2, course=CourseFactory(), is_listed=True)
    answers = at_once(*[lambda run=run: enter(Api(owner), run).status_code for run in runs])
    assert sorted(answers) == [201, 400]
    assert Enrollment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_enrollments_that_somebody_else_holds_are_a_503(settings: Any, owner: Any) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.05}
    run = CourseRunFactory(is_listed=True)
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=owner.pk)
        (response,) = at_once(lambda: enter(Api(owner), run))
    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert not Enrollment.objects.exists()
