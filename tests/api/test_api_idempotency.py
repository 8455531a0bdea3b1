"""A request that is sent again with its key."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings
from tests.api.api_client import ADDRESS, Api
from tests.concurrency import at_once

from joanie.core.factories import OrderFactory, ProductFactory, UserFactory
from joanie.core.models import IdempotencyRecord, Order, Product
from joanie.core.services.idempotency import LEASE, forget_old_answers
from joanie.payment.models import Payment

KEY = "4e7d0a2c-0f5b-4a53-9d0e-0d6d1c9b8a11"
DAY = timedelta(days=1)


@pytest.fixture
def product(db: None) -> Product:
    product: Product = ProductFactory()
    return product


def body_for(product: Product) -> dict[str, Any]:
    return {
        "course": product.courses.get().code,
        "product": str(product.pk),
        "billing_address": ADDRESS,
    }


def send(api: Api, path: str, body: Any, key: str = KEY) -> Any:
    return api.send("POST", path, body, HTTP_IDEMPOTENCY_KEY=key)


def buy(api: Api, product: Product, key: str = KEY) -> Any:
    return send(api, "/orders/", body_for(product), key)


def test_the_same_request_again_is_answered_alike_and_done_once(
    api: Api, product: Product
) -> None:
    first, again = buy(api, product), buy(api, product)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Payment.objects.count() == 1


def test_the_order_of_names_in_the_body_does_not_matter(api: Api, product: Product) -> None:
    body = body_for(product)
    first = send(api, "/orders/", body)
    again = send(api, "/orders/", dict(reversed(body.items())))
    assert again.json() == first.json()


def test_without_a_key_it_is_another_attempt(api: Api, product: Product) -> None:
    api.order(product)
    api.order(product)
    assert Payment.objects.count() == 2


def test_another_body_under_the_same_key_is_refused(api: Api, product: Product) -> None:
    buy(api, product)
    response = buy(api, ProductFactory())
    assert response.status_code == 422
    assert response.json()["code"] == "idempotency_key_reused"
    assert Order.objects.count() == 1


def test_another_operation_under_the_same_key_is_refused(api: Api, product: Product) -> None:
    order = buy(api, product).json()
    response = send(api, f"/orders/{order['id']}/abort/", body_for(product))
    assert response.json()["code"] == "idempotency_key_reused"
    assert Order.objects.get().state == "pending"


def test_keys_are_each_learners_own(api: Api, other: Api, product: Product) -> None:
    buy(api, product)
    response = buy(other, product)
    assert response.status_code == 201
    assert response.json()["owner"] == "alan"


@pytest.mark.parametrize("key", ["", "k" * 256, "clé", "two words", "\x7f"])
def test_a_key_that_is_none_is_refused(api: Api, product: Product, key: str) -> None:
    response = api.send(
        "POST", "/orders/", body_for(product), HTTP_IDEMPOTENCY_KEY=key.encode().decode("latin-1")
    )
    assert response.status_code == 400
    assert list(response.json()) == ["Idempotency-Key"]
    assert not Order.objects.exists()


@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "x" * 300])
def test_an_order_that_cannot_be_is_not_found_with_a_key_either(api: Api, name: str) -> None:
    path = f"/orders/{name}/abort/"
    assert [send(api, path, {}).status_code for _ in range(2)] == [404, 404]


def test_a_refusal_is_repeated_too(api: Api, product: Product) -> None:
    body = {**body_for(product), "credit_card_id": str(uuid.uuid4())}
    first, again = send(api, "/orders/", body), send(api, "/orders/", body)
    assert (first.status_code, again.status_code) == (400, 400)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_decline_is_repeated_and_not_tried_again(
    api: Api, product: Product, misbehave: Any
) -> None:
    misbehave("declines")
    first, again = buy(api, product), buy(api, product)
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.json() == first.json()
    assert Payment.objects.count() == 1


def test_a_provider_that_is_down_frees_the_key(api: Api, product: Product, misbehave: Any) -> None:
    misbehave("down")
    assert buy(api, product).status_code == 503
    assert not IdempotencyRecord.objects.exists()


def test_a_conflict_frees_the_key(api: Api, product: Product, owner: Any) -> None:
    course = product.courses.get()
    OrderFactory(owner=owner, product=product, course=course, state="validated")
    assert buy(api, product).status_code == 409
    assert not IdempotencyRecord.objects.exists()


def test_an_error_that_nobody_foresaw_frees_the_key(
    api: Api, product: Product, settings: Settings
) -> None:
    settings.JOANIE = {**settings.JOANIE, "DEFAULT_VAT_RATE": "not a number"}
    with pytest.raises(ArithmeticError):
        buy(api, product)
    assert not IdempotencyRecord.objects.exists()


def test_an_abort_is_repeated(api: Api, product: Product) -> None:
    order = api.order(product).json()
    path = f"/orders/{order['id']}/abort/"
    assert [send(api, path, {}).status_code for _ in range(2)] == [204, 204]
    assert api.post(path).status_code == 409


def test_another_attempt_is_repeated(api: Api, product: Product) -> None:
    order = api.order(product).json()
    path = f"/orders/{order['id']}/payments/"
    first, again = (send(api, path, {"billing_address": ADDRESS}) for _ in range(2))
    assert again.json() == first.json()
    assert Payment.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_purchase() -> None:
    product, api = ProductFactory(), Api(UserFactory(username="grace"))
    responses = at_once(*[lambda: buy(api, product)] * 4)
    codes = sorted(response.status_code for response in responses)
    assert set(codes) <= {201, 409}
    assert codes[0] == 201
    assert Payment.objects.count() == 1


def claimed(owner: Any, api: Api, product: Product) -> IdempotencyRecord:
    """Give the record of a request whose process died before it had answered."""
    buy(api, product)
    record = IdempotencyRecord.objects.get(owner=owner)
    record.response_status = record.response_body = None
    record.save()
    return record


def test_a_request_that_is_running_is_not_run_twice(
    api: Api, product: Product, owner: Any
) -> None:
    claimed(owner, api, product)
    response = buy(api, product)
    assert response.status_code == 409
    assert response.json()["code"] == "idempotency_key_in_use"
    assert response.headers["Retry-After"]


def test_who_died_while_answering_is_not_waited_for(
    api: Api, product: Product, owner: Any
) -> None:
    record = claimed(owner, api, product)
    record.lease_expires_at = timezone.now()
    record.save()
    assert buy(api, product).status_code == 201
    assert buy(api, product).headers["Idempotency-Replayed"] == "true"


def test_a_key_is_new_again_after_a_day(api: Api, product: Product) -> None:
    buy(api, product)
    with time_machine.travel(timezone.now() + DAY + LEASE, tick=False):
        response = buy(Api(UserFactory._meta.model.objects.get()), product)
        assert response.status_code == 201
        assert "Idempotency-Replayed" not in response.headers


def test_a_key_stands_for_its_request_as_long_as_the_settings_say(
    api: Api, product: Product, settings: Settings
) -> None:
    settings.JOANIE = {**settings.JOANIE, "RETENTION_DAYS": {"idempotency_records": None}}
    buy(api, product)
    assert forget_old_answers(timezone.now() + 400 * DAY) == 0
    with time_machine.travel(timezone.now() + 400 * DAY, tick=False):
        response = buy(Api(UserFactory._meta.model.objects.get()), product)
        assert response.headers["Idempotency-Replayed"] == "true"


def test_old_answers_are_forgotten(api: Api, product: Product) -> None:
    buy(api, product)
    assert forget_old_answers() == 0
    assert forget_old_answers(timezone.now() + DAY) == 1
    assert not IdempotencyRecord.objects.exists()


def test_no_secret_is_kept(api: Api, product: Product, settings: Settings) -> None:
    embedded = {"backend": "tests.api.backends.EmbeddedBackend"}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {"page": embedded}}
    assert buy(api, product).json()["payment_info"]["client"] == {"client_secret": "cs_1"}
    stored = IdempotencyRecord.objects.get().response_body
    assert stored["payment_info"]["url"]
    assert "cs_1" not in str(stored)
