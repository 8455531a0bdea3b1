"""Schemathesis sends what the description of the API allows, and what it does not.

Every answer is of a status, a type and a shape that the description has, and none is a 5xx.
``JOANIE_SCHEMA_EXAMPLES=1000`` sends more than CI does.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from io import BytesIO
from typing import Any

import hypothesis
import pytest
import schemathesis
import time_machine
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from pytest_django import Settings
from schemathesis.checks import CheckContext
from schemathesis.config import HealthCheck
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.transport import Response
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)
from tests.api.api_client import make_token
from tests.api.described import Described, operations
from tests.api.example_shop import NOW, SETTINGS, SHOPS, open_shop, sign
from tests.security.secrets_in_text import Watch

from joanie.api.examples import story
from joanie.api.views.documentation import describe_api

application = get_wsgi_application()
# It writes into what it is given.
api = schemathesis.openapi.from_dict(deepcopy(describe_api()))
api.app = application
api.config.generation.update(
    max_examples=int(os.environ.get("JOANIE_SCHEMA_EXAMPLES", "20")), deterministic=True
)
# How fast they are says more of the machine than of the answers.
api.config.suppress_health_check = [HealthCheck.all]
SIGNED = "course_runs_sync"
OPERATIONS = [pytest.param(each, id=each.id) for each in operations()]
# REST framework reads 5 as "5" and 0 as false, an empty filter as none, and a page size that is
# none as the usual one. All else that is not valid is refused.
TAKEN_ALL_THE_SAME = ("Incorrect type", "violates `type`", "in query", "query:")


@pytest.fixture(autouse=True)
def _shop_settings(_joanie_settings: None, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    settings.JOANIE = {**settings.JOANIE, **SETTINGS, "JWT_SIGNING_KEY": "k" * 32}


@pytest.fixture(autouse=True)
def _no_secret_is_logged(_watch: Watch) -> Iterator[None]:
    """Let Django log the address of a bad request: what was made up may look like a card's number.

    Hypothesis takes constants of the code, those of test cards too.
    """
    _watch.lines.clear()
    yield
    assert not [line for line in _watch.lines if " in: django.request " not in line]


@contextmanager
def shop_open(**rows: Any) -> Iterator[None]:
    """Keep the connection, and the transaction around the test, between requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        with time_machine.travel(NOW):
            open_shop(**rows)
            yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what is done inside, so that every request finds the shop as it was."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


def refuses_what_is_not_valid(
    context: CheckContext, response: Response, case: schemathesis.Case
) -> None:
    try:
        negative_data_rejection(context, response, case)
    except AcceptedNegativeData as failure:
        if not any(reason in str(failure) for reason in TAKEN_ALL_THE_SAME):
            raise


CHECKS: dict[str, Any] = {
    "additional_checks": [refuses_what_is_not_valid],
    # A description cannot say that there is no such course, nor which pages are allowed: a 400 is
    # an answer to what is valid too. That the examples are taken is tested with them.
    "excluded_checks": [negative_data_rejection, positive_data_acceptance],
}


def exchange_all(
    operation: str, shop: Mapping[str, Any] | None = None, **options: Any
) -> set[int]:
    """Send the examples, then what is on the edge of the description, then what is random.

    Give the statuses of the answers. ``api.parametrize()`` does the same, and thinks of all edges
    whenever tests are collected.
    """
    statuses = set()

    def exchange(case: schemathesis.Case) -> None:
        with undone():
            statuses.add(case.call_and_validate(**CHECKS, **options).status_code)

    test = build_operation_test(
        config=api.config,
        operation=api.find_operation_by_id(operation),
        test_func=exchange,
        given_kwargs={},
        feedback=FeedbackSources(),
    )
    with shop_open(**(shop or SHOPS.get(operation, {}))):
        test()
    return statuses


def authorization() -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(story.USERNAME)}"}


def signing(environ: dict[str, Any], start_response: Any) -> Any:
    """Sign what is sent, as an LMS does."""
    body = environ["wsgi.input"].read()
    signed = {"wsgi.input": BytesIO(body), "HTTP_AUTHORIZATION": sign(body)}
    return application({**environ, **signed}, start_response)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.id != SIGNED])
@pytest.mark.django_db
def test_a_learner_is_answered_as_described(operation: Described) -> None:
    statuses = exchange_all(operation.id, headers=authorization())
    assert statuses & {200, 201, 204}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.django_db
def test_nobody_is_answered_as_described(operation: Described) -> None:
    statuses = exchange_all(operation.id)
    assert operation.is_public is (200 in statuses)


@pytest.mark.parametrize(("shop", "status"), [({}, 200), ({"has_run": False}, 201)])
@pytest.mark.django_db
def test_an_lms_is_answered_as_described(shop: dict[str, Any], status: int) -> None:
    assert status in exchange_all(SIGNED, shop, app=signing)


class Story(api.as_state_machine()):  # type: ignore[misc]
    """What a learner does one after the other: what an answer names is asked for next.

    What was made is there, and what was deleted is not.
    """

    def setup(self) -> None:
        self.undoing = ExitStack()
        self.undoing.enter_context(undone())

    def teardown(self) -> None:
        self.undoing.close()

    def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
        return {"headers": authorization()}

    def validate_response(self, response: Any, case: schemathesis.Case, **options: Any) -> None:
        case.validate_response(response, **CHECKS, **options)


@pytest.mark.django_db
def test_a_story_is_answered_as_described() -> None:
    settings = api.config.get_hypothesis_settings()
    with shop_open(order="pending"):
        Story.run(settings=hypothesis.settings(settings, stateful_step_count=8))
