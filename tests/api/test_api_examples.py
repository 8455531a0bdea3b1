"""The examples in the description of the API: there, valid, and true."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import transaction
from pytest_django import Settings
from tests.api.api_client import ADDRESS, NO_ID, Api, make_token
from tests.api.described import Described, examples_in, operations, validate
from tests.api.example_requests import send
from tests.api.example_shop import NOW, SETTINGS, SHOPS, open_shop
from tests.concurrency import at_once

from joanie.api.examples import OPERATIONS, find_error, story
from joanie.api.examples.errors import ERRORS
from joanie.api.examples.operation import Exchange
from joanie.api.parsers import MAX_BODY_SIZE
from joanie.core.factories import AddressFactory
from joanie.core.models import IdempotencyRecord

ALL = operations()
BY_ID = {operation.id: operation for operation in ALL}
EXCHANGES = [(each, name) for each in OPERATIONS for name in OPERATIONS[each].exchanges]
# What the shop has before an exchange, where it is not what the operation asks for.
BEFORE: dict[tuple[str, str], dict[str, Any]] = {
    ("enrollments_create", "entered"): {"is_enrolled": False},
    ("course_runs_sync", "new"): {"has_run": False, "order": None},
}
# These differ from one time to the next: of them only the kind of value is compared.
GENERATED = {"id", "order_id", "payment_id", "url", "created_on"}


@pytest.fixture(autouse=True)
def _shop_settings(_joanie_settings: None, settings: Settings) -> None:
    settings.JOANIE = {
        **settings.JOANIE,
        **SETTINGS,
        "JWT_SIGNING_KEY": "a key of at least thirty-two bytes",
    }


def assert_alike(real: Any, example: Any, where: str = "") -> None:
    """Compare all but what is generated."""
    if isinstance(example, dict):
        assert set(real) == set(example), where
        for name, value in example.items():
            assert_alike(real[name], value, name)
    elif isinstance(example, list):
        assert len(real) == len(example), where
        for one, other in zip(real, example, strict=True):
            assert_alike(one, other, where)
    elif where in GENERATED:
        assert type(real) is type(example), where
    else:
        assert real == example, where


@pytest.mark.parametrize("operation", ALL, ids=lambda each: each.id)
def test_every_operation_has_examples(operation: Described) -> None:
    described = [*operation.parameters, *operation.answers.values(), operation.body]
    assert all(examples_in(each) for each in described if each is not None)


def test_there_are_no_examples_of_what_is_not_there() -> None:
    assert set(OPERATIONS) == set(BY_ID)
    for name, operation in OPERATIONS.items():
        assert set(operation.parameters) <= {each["name"] for each in BY_ID[name].parameters}
        assert set(operation.errors) <= set(BY_ID[name].answers)


@pytest.mark.parametrize("operation", ALL, ids=lambda each: each.id)
def test_every_example_is_valid(operation: Described) -> None:
    described = [*operation.parameters, *operation.answers.values(), operation.body]
    for each in described:
        if each is not None:
            for example in examples_in(each).values():
                validate(example, each["schema"])


@pytest.mark.parametrize(("name", "exchange"), EXCHANGES)
@pytest.mark.django_db
def test_every_example_is_what_the_shop_answers(name: str, exchange: str) -> None:
    operation = BY_ID[name]
    example: Exchange = OPERATIONS[name].exchanges[exchange]
    with time_machine.travel(NOW):
        api = Api(open_shop(**BEFORE.get((name, exchange), SHOPS.get(name, {}))))
        response = send(api, operation, example.request)
    assert response.status_code == example.status, response.content
    if response.headers.get("Content-Type") == "application/pdf":
        assert response.content.startswith(example.answer.encode())
    elif example.answer is None:
        assert not response.content
    else:
        validate(response.json(), operation.answers[example.status]["schema"])
        assert_alike(response.json(), example.answer)


# What is not valid in the request that is answered with the example: parameters, and a body.
INVALID: dict[str, tuple[dict[str, Any], Any]] = {
    "organizations_list": ({"query": "x" * 101}, None),
    "courses_list": ({"organization": "NOBODY"}, None),
    "course_runs_list": ({"organization": "NOBODY"}, None),
    "products_list": ({"currency": ""}, None),
    "payment_methods_list": ({"product": NO_ID}, None),
    "orders_list": ({"product": "x"}, None),
    "orders_create": ({}, {"billing_address": {"postcode": None}}),
    "orders_payments_create": ({}, {"billing_address": {"postcode": None}}),
    "orders_abort_create": ({}, {"payment_id": []}),
    "orders_proforma_invoice_retrieve": ({"reference": ""}, None),
    "addresses_create": ({}, {"country": None}),
    "addresses_update": ({}, {"country": None}),
    "addresses_partial_update": ({}, {"country": "France"}),
    "credit_cards_update": ({}, {"is_main": False}),
    "credit_cards_partial_update": ({}, {"is_main": False}),
    "credit_cards_setup_create": ({}, {"payment_method": "barter"}),
    "enrollments_list": ({"is_active": "x"}, None),
    "enrollments_create": ({}, {"course_run": "https://lms.example.org/courses/none"}),
    "enrollments_update": ({}, {"is_active": None}),
    "enrollments_partial_update": ({}, {"is_active": "x"}),
    "course_runs_sync": ({}, {"resource_link": None}),
}


def spoil(valid: Any, changes: Mapping[str, Any]) -> Any:
    """Change fields of a body, and leave out those that are None."""
    spoiled = dict(valid or {})
    for name, value in changes.items():
        if value is None:
            spoiled.pop(name, None)
        elif isinstance(value, dict):
            spoiled[name] = spoil(spoiled[name], value)
        else:
            spoiled[name] = value
    return spoiled


@pytest.mark.parametrize("name", [each.id for each in ALL if 400 in each.answers])
@pytest.mark.django_db
def test_every_invalid_request_is_answered_so(name: str) -> None:
    changes, spoiled = INVALID[name]
    state = "failed" if name == "orders_payments_create" else "validated"
    first = next(iter(OPERATIONS[name].exchanges.values()))
    body = None if first.request is None else spoil(first.request, spoiled)
    with time_machine.travel(NOW):
        response = send(Api(open_shop(order=state)), BY_ID[name], body, **changes)
    assert (response.status_code, response.json()) == (400, find_error(name, 400))


def buy(**changes: Any) -> Any:
    return learner_does("orders_create", shop={"order": None}, **changes)


def learner_does(operation: str, /, *, shop: dict[str, Any] | None = None, **options: Any) -> Any:
    """Send the first example to a shop that has the whole story, or the part that is given."""
    first = next(iter(OPERATIONS[operation].exchanges.values()))
    return send(Api(open_shop(**shop or {})), BY_ID[operation], first.request, **options)


def keep_too_many_addresses() -> Any:
    learner = open_shop()
    AddressFactory.create_batch(100, owner=learner)
    return send(Api(learner), BY_ID["addresses_create"], {**ADDRESS, "title": "Home"})


def use_a_key_again(body: Any, **changes: Any) -> Any:
    """Order something, and send another request or the same one with its key."""
    learner = open_shop(order=None)
    first = OPERATIONS["orders_create"].exchanges["on_the_providers_page"].request
    assert send(Api(learner), BY_ID["orders_create"], first).status_code == 201
    IdempotencyRecord.objects.update(**changes)
    return send(Api(learner), BY_ID["orders_create"], {**first, **body})


@pytest.fixture
def acme(settings: Settings) -> Callable[[str], None]:
    """Make the provider go wrong from now on, or be a plain one, without a widget."""

    def configure(how: str) -> None:
        backends = copy.deepcopy(SETTINGS["PAYMENT_BACKENDS"])
        backends[story.PAYMENT_METHOD]["configuration"]["misbehaves"] = how
        if how == "plain":
            backends[story.PAYMENT_METHOD]["backend"] = "tests.api.backends.PageBackend"
        settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": backends}

    return configure


SET_UP = "credit_cards_setup_create"
TOKEN = "payment_methods_client_token_create"
# How to be answered each error: what goes wrong at the provider, and what is done.
PROVOKED: dict[str, tuple[str, Callable[[], Any]]] = {
    "token_expired": ("", lambda: Api(token=make_token(exp=1)).get("/orders/")),
    "not_signed": ("", lambda: Api().post("/course-runs-sync/", {})),
    "not_found": ("", lambda: Api(open_shop()).get(f"/orders/{NO_ID}/")),
    "invalid_page": ("", lambda: learner_does("orders_list", page=2)),
    "unknown_payment_method": ("", lambda: learner_does(TOKEN, name="barter")),
    "too_many_addresses": ("", keep_too_many_addresses),
    "order_already_bought": ("", lambda: learner_does("orders_create")),
    "order_not_payable": (
        "",
        lambda: learner_does("orders_payments_create", shop={"order": "canceled"}),
    ),
    "order_not_abortable": ("", lambda: learner_does("orders_abort_create")),
    "client_token_not_needed": ("plain", lambda: learner_does(TOKEN)),
    "idempotency_key_in_use": ("", lambda: use_a_key_again({}, response_status=None)),
    "idempotency_key_reused": ("", lambda: use_a_key_again({"save_card": False})),
    "request_too_large": (
        "",
        lambda: send(Api(open_shop()), BY_ID[SET_UP], {"padding": "x" * MAX_BODY_SIZE}),
    ),
    "unsupported_media_type": ("", lambda: buy(content_type="text/plain")),
    "declined": ("declines", lambda: learner_does(SET_UP)),
    "declined_order": ("declines", buy),
    "misconfigured": ("misconfigured", lambda: learner_does(SET_UP)),
    "misconfigured_order": ("misconfigured", buy),
    "unavailable": ("down", lambda: learner_does(SET_UP)),
    "unavailable_order": ("down", buy),
}


@pytest.mark.parametrize("name", [name for name in ERRORS if name not in {"busy", "throttled"}])
@pytest.mark.django_db
def test_every_error_is_answered_so(name: str, acme: Callable[[str], None]) -> None:
    misbehaves, provoke = PROVOKED[name]
    acme(misbehaves)
    with time_machine.travel(NOW):
        assert_alike(provoke().json(), ERRORS[name])


@pytest.mark.django_db
def test_being_throttled_is_answered_so(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "THROTTLE_RATES": {"learner": "1/minute"}}
    with time_machine.travel(NOW, tick=False):
        api = Api(open_shop())
        answers = [api.get("/orders/"), api.get("/orders/")]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json() == ERRORS["throttled"]
    assert answers[1].headers["Retry-After"] == "60"


@pytest.mark.django_db(transaction=True)
def test_being_busy_is_answered_so(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "LOCK_TIMEOUT": 0.01}
    api = Api(open_shop())
    with transaction.atomic():
        get_user_model().objects.select_for_update().get()
        [response] = at_once(lambda: send(api, BY_ID["addresses_destroy"]))
    assert (response.status_code, response.json()) == (503, ERRORS["busy"])
