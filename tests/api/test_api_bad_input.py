"""Whatever is sent, the answer is a 4xx in one of the two shapes."""

import json
from typing import Any

import pytest
from pytest_django import Settings
from tests.api.api_client import ADDRESS, NO_ID, Api

from joanie.api.parsers import MAX_BODY_SIZE
from joanie.core.factories import AddressFactory, OrderFactory, ProductFactory
from joanie.core.models import Address, Order
from joanie.payment.factories import CreditCardFactory

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
    b"[]",
    b"null",
    b"5",
    b'"text"',
    b"9" * 10_000,
]
WRITES = [
    ("POST", "/orders/"),
    ("POST", "/orders/{order}/payments/"),
    ("POST", "/addresses/"),
    ("PUT", "/addresses/{address}/"),
    ("PATCH", "/credit-cards/{card}/"),
    ("POST", "/orders/{order}/abort/"),
]


@pytest.fixture
def rows(owner: Any) -> dict[str, Any]:
    order = OrderFactory(owner=owner)
    return {
        "order": order.pk,
        "address": AddressFactory(owner=owner).pk,
        "card": CreditCardFactory(owner=owner).pk,
        "product": order.product,
    }


def assert_shape(response: Any) -> None:
    answer = response.json()
    if response.status_code == 400:
        assert answer
        assert all(isinstance(messages, (list, dict)) for messages in answer.values())
    else:
        assert {"detail", "code"} <= set(answer)
        assert answer["code"] == answer["code"].lower()


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_object(
    api: Api, rows: dict[str, Any], method: str, path: str, body: bytes
) -> None:
    response = api.send(method, path.format(**rows), body)
    assert response.status_code == 400
    assert_shape(response)


@pytest.mark.parametrize("method_and_path", WRITES, ids=" ".join)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "x"])
def test_a_body_that_is_not_json(
    api: Api, rows: dict[str, Any], method_and_path: tuple[str, str], content_type: str
) -> None:
    method, path = method_and_path
    response = api.send(method, path.format(**rows), b"a=b", content_type=content_type)
    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize("charset", ["bz2_codec", "nonsense", "utf-7"])
def test_a_body_in_another_encoding(api: Api, charset: str) -> None:
    content_type = f"application/json; charset={charset}"
    response = api.send("POST", "/addresses/", b"{}", content_type=content_type)
    assert response.status_code in {400, 415}
    assert_shape(response)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_body_that_is_too_large(api: Api, rows: dict[str, Any], method: str, path: str) -> None:
    body = json.dumps({"title": "x" * MAX_BODY_SIZE})
    response = api.send(method, path.format(**rows), body)
    assert response.status_code == 413
    assert response.json()["code"] == "request_too_large"


def test_a_body_that_is_too_large_for_the_host(api: Api, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = api.post("/addresses/", {"title": "x" * 200})
    assert response.status_code == 413


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
