"""Enrolling in Open edX, over HTTP, on its good and its bad days."""

import logging
import time
from typing import Any

import pytest
from django.db import transaction
from tests.lms_handler.open_edx import COURSE, LINK, SECRET, OpenEdX

from joanie.common.transactions import NetworkInTransaction
from joanie.lms_handler.base import LMSRefused, LMSUnavailable
from joanie.lms_handler.openedx import OpenEdXLMSBackend, tokens

CLIENT = {"api_key": "", "client_id": "joanie", "client_secret": SECRET}
EVERY_CALL = pytest.mark.parametrize("is_active", [True, False])


def set_enrollment(
    lms: OpenEdX, *, is_active: bool = True, link: str = LINK, **configuration: Any
) -> None:
    backend = OpenEdXLMSBackend(lms.settings(**configuration)["configuration"])
    backend.set_enrollment(username="grace", resource_link=link, is_active=is_active)


def failure_of(lms: OpenEdX, error: type[Exception], **options: Any) -> str:
    with pytest.raises(error) as failure:
        set_enrollment(lms, **options)
    assert SECRET not in f"{failure.value} {failure.value!r}"
    return str(failure.value)


@pytest.mark.parametrize("account", [{}, CLIENT])
def test_a_learner_is_enrolled_and_taken_out(lms: OpenEdX, account: dict[str, str]) -> None:
    set_enrollment(lms, **account)
    assert lms.is_active()
    set_enrollment(lms, is_active=False, **account)
    assert lms.is_active() is False
    set_enrollment(lms, **account)
    assert lms.is_active()


@EVERY_CALL
def test_telling_it_twice_does_no_harm(lms: OpenEdX, is_active: bool) -> None:
    lms.enroll()
    set_enrollment(lms, is_active=is_active)
    set_enrollment(lms, is_active=is_active)
    assert lms.is_active() is is_active


def test_leaving_a_course_that_was_never_entered_creates_nothing(lms: OpenEdX) -> None:
    set_enrollment(lms, is_active=False)
    assert lms.enrollment() is None


def test_the_mode_is_the_configured_one(lms: OpenEdX) -> None:
    set_enrollment(lms, mode="verified")
    assert lms.enrollment() == lms.enrollment() | {"mode": "verified"}


def test_without_a_mode_the_lms_takes_its_own(lms: OpenEdX) -> None:
    set_enrollment(lms)
    assert lms.enrollment() == lms.enrollment() | {"mode": "audit"}


def test_an_enrollment_in_another_mode_ends_too(lms: OpenEdX) -> None:
    lms.enroll(mode="honor")
    set_enrollment(lms, is_active=False, mode="verified")
    assert lms.is_active() is False


def test_the_course_is_found_as_the_settings_say(lms: OpenEdX) -> None:
    pattern = r"/catalogue/(?P<course_id>\w+/\w+/\w+)$"
    link = "https://lms.example.org/catalogue/org/python/2026"
    set_enrollment(lms, link=link, course_id_pattern=pattern)
    assert lms.enrollment(course="org/python/2026") is not None


def test_a_link_without_a_course_is_refused(lms: OpenEdX) -> None:
    message = failure_of(lms, LMSRefused, link="https://lms.example.org/about")
    assert message == "The resource link of the course run holds no course id."


def test_an_account_that_does_not_exist_yet_is_a_refusal(lms: OpenEdX) -> None:
    lms.misbehave(unknown_user="grace")
    assert failure_of(lms, LMSRefused) == "The user grace does not exist. (status 406)"
    lms.misbehave()
    set_enrollment(lms)
    assert lms.is_active()


def test_an_account_that_does_not_exist_is_not_taken_out(lms: OpenEdX) -> None:
    lms.misbehave(unknown_user="grace")
    set_enrollment(lms, is_active=False)
    assert lms.enrollment() is None


def test_a_course_that_does_not_exist_is_a_refusal(lms: OpenEdX) -> None:
    lms.misbehave(unknown_course=COURSE)
    message = failure_of(lms, LMSRefused)
    assert message == f"No course '{COURSE}' found for enrollment (status 400)"


def test_a_course_that_is_closed_there_is_a_refusal(lms: OpenEdX) -> None:
    lms.misbehave(closed_course=COURSE)
    assert "An error occurred" in failure_of(lms, LMSRefused)


@EVERY_CALL
def test_an_answer_that_says_the_contrary_is_no_success(lms: OpenEdX, is_active: bool) -> None:
    lms.enroll()
    lms.misbehave(contrary=True)
    message = failure_of(lms, LMSUnavailable, is_active=is_active)
    assert message == "Its answer is not what it was asked to do."


@EVERY_CALL
@pytest.mark.parametrize("account", [{}, CLIENT])
@pytest.mark.parametrize(
    ("status", "said"),
    [
        (302, "sends us to another page"),
        (403, "does not let us enrol"),
        (404, "does not let us enrol"),
        (429, "cannot answer for now"),
        (500, "cannot answer for now"),
        (503, "cannot answer for now"),
    ],
)
def test_what_is_no_answer_is_told_in_a_few_words(
    lms: OpenEdX, is_active: bool, account: dict[str, str], status: int, said: str
) -> None:
    lms.enroll()
    for operation in ("get_enrollment", "set_enrollment"):
        lms.fail("status", operation, status=status)
        if is_active and operation == "get_enrollment":
            continue
        message = failure_of(lms, LMSUnavailable, is_active=is_active, **account)
        assert said in message
        assert message.endswith(f"(status {status}).")


@EVERY_CALL
@pytest.mark.parametrize("operation", ["get_enrollment", "set_enrollment", "create_token"])
def test_a_page_in_the_place_of_an_answer_is_not_shown(
    lms: OpenEdX, is_active: bool, operation: str
) -> None:
    lms.enroll()
    lms.fail("html", operation)
    if is_active and operation == "get_enrollment":
        return
    message = failure_of(lms, LMSUnavailable, is_active=is_active, **CLIENT)
    assert message == "Its answer is not JSON (status 200)."


@pytest.mark.parametrize("operation", ["set_enrollment", "create_token"])
@pytest.mark.parametrize("mode", ["timeout_before", "timeout_after", "reset", "reset_after"])
def test_an_lms_that_does_not_answer_is_given_up_in_time(
    lms: OpenEdX, mode: str, operation: str
) -> None:
    lms.fail(mode, operation)
    started = time.monotonic()
    assert failure_of(lms, LMSUnavailable, **CLIENT).startswith("It does not answer (")
    assert time.monotonic() - started < 10


def test_an_lms_that_did_it_and_did_not_say_so_is_told_again(lms: OpenEdX) -> None:
    lms.fail("timeout_after", "set_enrollment", times=1)
    failure_of(lms, LMSUnavailable)
    assert lms.is_active()
    set_enrollment(lms)
    assert lms.is_active()


def test_an_lms_that_is_not_there(lms: OpenEdX) -> None:
    message = failure_of(lms, LMSUnavailable, base_url="http://127.0.0.1:9")
    assert message == "It does not answer (ConnectError)."


@pytest.mark.parametrize("wrong", [{"base_url": "lms"}, {"base_url": ""}, {"api_key": "a\nb"}])
def test_settings_that_make_no_request(lms: OpenEdX, wrong: dict[str, str]) -> None:
    assert failure_of(lms, LMSUnavailable, **wrong).startswith("Its settings make no request")


def test_a_wrong_key_is_told(lms: OpenEdX) -> None:
    message = failure_of(lms, LMSUnavailable, api_key="another")
    assert message == "It does not accept our credentials (status 401)."


def test_a_wrong_client_is_told(lms: OpenEdX) -> None:
    message = failure_of(lms, LMSUnavailable, **{**CLIENT, "client_secret": "another"})
    assert message == "It gives our client no token (status 401)."


def test_a_token_is_asked_for_once(lms: OpenEdX) -> None:
    set_enrollment(lms, **CLIENT)
    lms.fail("status", "create_token", status=500)
    set_enrollment(lms, is_active=False, **CLIENT)
    assert lms.is_active() is False


def test_a_token_that_is_about_to_expire_is_not_used(lms: OpenEdX) -> None:
    lms.misbehave(token_seconds=tokens.MARGIN)
    set_enrollment(lms, **CLIENT)
    lms.fail("status", "create_token", status=500)
    assert "cannot answer" in failure_of(lms, LMSUnavailable, **CLIENT)


def test_a_token_that_the_lms_forgot_is_replaced(lms: OpenEdX) -> None:
    set_enrollment(lms, **CLIENT)
    lms.forget()
    set_enrollment(lms, **CLIENT)
    assert lms.is_active()


def test_a_token_is_of_one_account(lms: OpenEdX) -> None:
    set_enrollment(lms, **CLIENT)
    wrong = {**CLIENT, "client_secret": "another"}
    assert "no token" in failure_of(lms, LMSUnavailable, **wrong)


@pytest.mark.parametrize("account", [{}, CLIENT])
def test_no_secret_is_logged_or_shown(
    lms: OpenEdX, account: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    set_enrollment(lms, **account)
    shown = f"{caplog.text} {tokens._tokens!r}"
    assert caplog.records
    assert SECRET not in shown
    assert "jwt_" not in shown


@pytest.mark.django_db
def test_open_edx_is_not_called_inside_a_transaction(lms: OpenEdX) -> None:
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        set_enrollment(lms)
