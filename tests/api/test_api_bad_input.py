"""Whatever is sent, the answer is a 4xx in one of the two shapes."""

import copy
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from pytest_django import Settings
from tests.api.api_client import ADDRESS, NO_ID, Api
from tests.api.described import Described, examples_in, operations, text_fields
from tests.api.example_requests import send
from tests.api.example_shop import NOW, SETTINGS, open_shop

from joanie.api.parsers import MAX_BODY_SIZE
from joanie.core.factories import OrderFactory, ProductFactory
from joanie.core.models import Address, Order

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    " ",
    "\x00",
    "a\x00b",
    "\u202e",
    "x" * 20_000,
    [],
    [None],
    [[[]]],
    {},
    {"a": {"b": None}},
    {"$ne": None},
    "' OR 1=1 --",
    "00000000-0000-4000-8000-00000000000g",
]
BODIES: list[bytes] = [
    b"{",
    b"nonsense",
    b"\xff\xfe\x00",
    b'{"course": "\xe9"}',
    b'{"course": "\\ud800", "country": "\\ud800"}',
    b'{"course": NaN}',
    b'{"total": Infinity}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"[[]]",
    b"null",
    b"5",
    b'"text"',
    b"9" * 10_000,
]
MANGLED = ["", "\x00", "x", "-1", "9" * 5000, "é", "' OR 1=1 --", "a\x00b", "null", "[]", "{}"]
# Paths are percent-encoded: these are the bytes that the server sees.
ADDRESSED = ["%00", "x", "-1", "9" * 300, "%C3%A9", "%ED%A0%80", "%FF", f"{NO_ID}x"]
ALL = operations()
# Every way to send a body, and the texts in each.
WRITES = [pytest.param(each, id=each.id) for each in ALL if each.body]
TEXTS = [
    pytest.param(each, field, id=f"{each.id}-{'.'.join(field)}")
    for each in ALL
    if each.body
    for field in dict.fromkeys(text_fields(each.body["schema"]))
]
PARAMETERS = [
    pytest.param(each, parameter, id=f"{each.id}-{parameter['name']}")
    for each in ALL
    for parameter in each.parameters
]


@pytest.fixture
def learner(db: None, settings: Settings) -> Iterator[Api]:
    """Give the way in of the learner of the examples."""
    settings.JOANIE = {**settings.JOANIE, **SETTINGS}
    with time_machine.travel(NOW):
        yield Api(open_shop())


def try_to(learner: Api, operation: Described, body: Any = None, **changes: Any) -> Any:
    """Send something else each time: an Idempotency-Key stands for one request."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    return send(learner, operation, body, **{**key, **changes})


def example_of(operation: Described) -> Any:
    """Give a body that is taken, None where there is none to send."""
    bodies = examples_in(operation.body).values() if operation.body else [None]
    return copy.deepcopy(next(iter(bodies)))


def with_value(body: Any, field: tuple[str, ...], value: Any) -> Any:
    """Put a value at its place, where objects are made that are not there."""
    *outside, name = field
    inner = body
    for each in outside:
        inner = inner.setdefault(each, {})
    inner[name] = value
    return body


def assert_shape(response: Any) -> None:
    answer = response.json()
    if response.status_code == 400:
        assert answer
        assert all(isinstance(messages, (list, dict)) for messages in answer.values())
    else:
        assert {"detail", "code"} <= set(answer)
        assert answer["code"] == answer["code"].lower()


@pytest.mark.parametrize("operation", WRITES)
def test_a_body_that_is_no_object(learner: Api, operation: Described) -> None:
    for body in BODIES:
        response = try_to(learner, operation, body)
        assert response.status_code == 400, body[:50]
        assert_shape(response)


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "x"])
def test_a_body_that_is_not_json(learner: Api, operation: Described, content_type: str) -> None:
    response = try_to(learner, operation, b"a=b", content_type=content_type)
    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize("charset", ["bz2_codec", "nonsense", "utf-7"])
def test_a_body_in_another_encoding(api: Api, charset: str) -> None:
    content_type = f"application/json; charset={charset}"
    response = api.send("POST", "/addresses/", b"{}", content_type=content_type)
    assert response.status_code in {400, 415}
    assert_shape(response)


@pytest.mark.parametrize("operation", WRITES)
def test_a_body_that_is_too_large(learner: Api, operation: Described) -> None:
    response = try_to(learner, operation, {"title": "x" * MAX_BODY_SIZE})
    assert response.status_code == 413
    assert response.json()["code"] == "request_too_large"


def test_a_body_that_is_too_large_for_the_host(api: Api, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = api.post("/addresses/", {"title": "x" * 200})
    assert response.status_code == 413


@pytest.mark.parametrize(("operation", "field"), TEXTS)
def test_a_text_that_cannot_be_stored(
    learner: Api, operation: Described, field: tuple[str, ...]
) -> None:
    for text in ("\x00", "a\x00b", "\ud800", "x\udfff"):
        response = try_to(learner, operation, with_value(example_of(operation), field, text))
        assert response.status_code == 400, (text, response.content)
        assert_shape(response)


@pytest.mark.parametrize(("operation", "field"), TEXTS)
def test_no_value_in_place_of_a_text_breaks_anything(
    learner: Api, operation: Described, field: tuple[str, ...]
) -> None:
    for value in VALUES:
        response = try_to(learner, operation, with_value(example_of(operation), field, value))
        assert response.status_code in operation.statuses, (value, response.content)
        if response.status_code >= 400:
            assert_shape(response)


@pytest.mark.parametrize("operation", WRITES)
def test_fields_that_nobody_knows_are_passed_over(learner: Api, operation: Described) -> None:
    unknown = {"unknown": {"a": [1]}, "id": NO_ID, "owner": "somebody", "state": "paid"}
    response = try_to(learner, operation, {**example_of(operation), **unknown})
    assert response.status_code < 300 or response.status_code == 409
    assert not {NO_ID, "somebody", "paid"} & set(str(response.content).split('"'))


@pytest.mark.parametrize("operation", WRITES)
def test_of_a_field_that_is_there_twice_the_last_counts(
    learner: Api, operation: Described
) -> None:
    body = json.dumps({"title": "Last", **example_of(operation)})
    response = try_to(learner, operation, ('{"title": [], ' + body[1:]).encode())
    assert response.status_code < 300 or response.status_code == 409


@pytest.mark.parametrize(("operation", "parameter"), PARAMETERS)
def test_no_parameter_breaks_anything(
    learner: Api, operation: Described, parameter: dict[str, Any]
) -> None:
    for value in ADDRESSED if parameter["in"] == "path" else MANGLED:
        changes = {parameter["name"]: value}
        response = try_to(learner, operation, example_of(operation), **changes)
        assert response.status_code in operation.statuses, (value, response.content)
        assert parameter["in"] != "path" or response.status_code == 404, value
        if response.status_code >= 400:
            assert_shape(response)


@pytest.mark.parametrize(
    "operation", [pytest.param(each, id=each.id) for each in ALL if "page" in each.names]
)
def test_a_page_that_is_none_is_not_there(learner: Api, operation: Described) -> None:
    for page in ("0", "-1", "2", "x", "1.5", "99999999999999999999", "9" * 5000):
        response = try_to(learner, operation, page=page)
        assert (response.status_code, response.json()["detail"]) == (404, "Invalid page."), page
    for size in ("0", "-1", "x", "99999999999999999999"):
        assert len(try_to(learner, operation, page_size=size).json()["results"]) == 1, size


PURCHASE = (
    "course",
    "product",
    "organization",
    "billing_address",
    "credit_card_id",
    "payment_method",
    "save_card",
    "payment_method_nonce",
    "device_data",
    "return_url",
)


@pytest.mark.parametrize("field", PURCHASE)
def test_no_value_of_a_purchase_breaks_it(api: Api, field: str) -> None:
    for value in VALUES:
        product = ProductFactory()
        body = {
            "course": product.courses.get().code,
            "product": str(product.pk),
            "billing_address": ADDRESS,
            field: value,
        }
        response = api.post("/orders/", body)
        assert response.status_code in {201, 400}, (value, response.content)
        if response.status_code == 400:
            assert_shape(response)


@pytest.mark.parametrize("field", ["title", *ADDRESS, "is_main"])
def test_no_value_of_an_address_breaks_it(api: Api, field: str) -> None:
    for value in VALUES:
        Address.objects.all().delete()
        response = api.post("/addresses/", {"title": "Home", **ADDRESS, field: value})
        assert response.status_code in {201, 400}, (value, response.content)
        billed = api.order(ProductFactory(), billing_address={**ADDRESS, field: value})
        assert billed.status_code in {201, 400}, (value, billed.content)


def test_no_payment_id_breaks_an_abort(api: Api, owner: Any) -> None:
    order = OrderFactory(owner=owner)
    for value in VALUES:
        if value not in {None, "", " "} if isinstance(value, (str, type(None))) else True:
            response = api.post(f"/orders/{order.pk}/abort/", {"payment_id": value})
            assert response.status_code in {400, 404}, (value, response.content)
    assert Order.objects.get().state == "pending"


@pytest.mark.parametrize(
    "path",
    [
        "/courses/",
        "/products/",
        f"/products/{NO_ID}/",
        "/payment-methods/",
        "/orders/",
        f"/orders/{NO_ID}/proforma_invoice/",
        "/addresses/",
        "/credit-cards/",
    ],
)
def test_no_query_breaks_a_read(api: Api, path: str) -> None:
    for name in ("page", "page_size", "course", "product", "state", "reference", "format"):
        for value in ("", "\x00", "x", "-1", "9" * 5000, "é", "' OR 1=1 --", "%ED%A0%80"):
            response = api.get(path, **{name: value})
            assert response.status_code in {200, 400, 404}, (name, value, response.content)
            if response.status_code != 200:
                assert_shape(response)


def test_a_host_that_is_not_ours_is_a_400(api: Api, settings: Settings) -> None:
    settings.MIDDLEWARE = []
    settings.ALLOWED_HOSTS = ["shop.example.org"]
    product = ProductFactory()
    body = {
        "course": product.courses.get().code,
        "product": str(product.pk),
        "billing_address": ADDRESS,
    }
    response = api.send("POST", "/orders/", body, HTTP_HOST="evil.example.org")
    assert response.status_code == 400
    assert_shape(response)
    assert not Order.objects.exists()


def test_a_bug_of_ours_is_not_hidden(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("joanie.api.views.addresses.create_address", fail)
    with pytest.raises(ZeroDivisionError):
        api.post("/addresses/", {"title": "Home", **ADDRESS})
