"""A learner's orders, and giving one up."""

from typing import Any

import pytest
from tests.api.api_client import NO_ID, Api

from joanie.core.enums import OrderState
from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Payment


def ids(answer: Any) -> list[str]:
    return [order["id"] for order in answer["results"]]


def test_learners_see_their_own_orders_only(
    api: Api, other: Api, anonymous: Api, owner: Any
) -> None:
    order = OrderFactory(owner=owner)
    assert ids(api.read("/orders/")) == [str(order.pk)]
    assert ids(other.read("/orders/")) == []
    assert api.read(f"/orders/{order.pk}/")["id"] == str(order.pk)
    assert other.get(f"/orders/{order.pk}/").status_code == 404
    assert anonymous.get("/orders/").status_code == 401
    assert anonymous.get(f"/orders/{order.pk}/").status_code == 401


def test_orders_come_newest_first_in_pages(api: Api, owner: Any) -> None:
    orders = OrderFactory.create_batch(21, owner=owner)
    assert ids(api.read("/orders/", page=2)) == [str(orders[0].pk)]
    assert ids(api.read("/orders/"))[0] == str(orders[-1].pk)


def test_orders_are_filtered(api: Api, owner: Any) -> None:
    first, second = OrderFactory(owner=owner), OrderFactory(owner=owner, state="validated")
    assert ids(api.read("/orders/", course=first.course.code)) == [str(first.pk)]
    assert ids(api.read("/orders/", product=second.product_id)) == [str(second.pk)]
    assert ids(api.read("/orders/", state="validated")) == [str(second.pk)]
    assert ids(api.read("/orders/", state="validated", product=first.product_id)) == []
    assert ids(api.read("/orders/", course="unknown")) == []
    assert ids(api.read("/orders/", course="", product="", state="")) == [
        str(second.pk),
        str(first.pk),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("state", "unknown"), ("product", "not-a-uuid"), ("product", "\x00"), ("course", "\x00")],
)
def test_a_filter_that_makes_no_sense_is_a_400(api: Api, name: str, value: str) -> None:
    response = api.get("/orders/", **{name: value})
    assert response.status_code == 400
    assert list(response.json()) == [name]


def test_the_payment_is_the_last_attempt_that_is_ours(api: Api, owner: Any) -> None:
    order = OrderFactory(owner=owner, state="failed")
    PaymentFactory(order=order, state="canceled", url="https://pay.example.org/1")
    PaymentFactory(
        order=order,
        state="failed",
        failure_code="fraud_suspected",
        url="https://pay.example.org/2",
    )
    PaymentFactory(order=order, is_unmatched=True, url="https://pay.example.org/3")
    assert api.read(f"/orders/{order.pk}/")["payment"] == {
        "state": "failed",
        "provider": "page",
        "failure_code": "declined",
        "url": None,
    }


# Giving up ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["", "{}", '{"payment_id": null}', '{"payment_id": ""}'])
def test_an_order_is_given_up(api: Api, owner: Any, body: str) -> None:
    order = OrderFactory(owner=owner)
    PaymentFactory(order=order)
    response = api.send("POST", f"/orders/{order.pk}/abort/", body)
    assert (response.status_code, response.content) == (204, b"")
    assert Order.objects.get().state == "canceled"
    assert Payment.objects.get().state == "canceled"


def test_a_payment_is_named_by_the_provider_or_by_us(api: Api, owner: Any) -> None:
    for name in ("provider_reference", "pk"):
        payment = PaymentFactory(order__owner=owner)
        body = {"payment_id": str(getattr(payment, name))}
        assert api.post(f"/orders/{payment.order_id}/abort/", body).status_code == 204


def test_a_payment_of_another_order_stops_everything(api: Api, owner: Any) -> None:
    mine = PaymentFactory(order__owner=owner)
    others = [PaymentFactory(order__owner=owner), PaymentFactory()]
    for payment in others:
        for name in (payment.provider_reference, str(payment.pk), "unknown", NO_ID):
            response = api.post(f"/orders/{mine.order_id}/abort/", {"payment_id": name})
            assert response.status_code == 404
    assert set(Payment.objects.values_list("state", flat=True)) == {"pending"}
    assert set(Order.objects.values_list("state", flat=True)) == {"pending"}


def test_somebody_elses_order_is_not_given_up(other: Api, anonymous: Api, owner: Any) -> None:
    path = f"/orders/{OrderFactory(owner=owner).pk}/abort/"
    assert other.post(path).status_code == 404
    assert anonymous.post(path).status_code == 401
    assert Order.objects.get().state == "pending"


@pytest.mark.parametrize("payment_id", [5.5, True, ["x"], {"a": 1}, "x" * 300, "nul\x00"])
def test_a_payment_id_that_cannot_be_one_is_a_400(api: Api, owner: Any, payment_id: Any) -> None:
    order = OrderFactory(owner=owner)
    response = api.post(f"/orders/{order.pk}/abort/", {"payment_id": payment_id})
    assert response.status_code in {400, 404}
    assert Order.objects.get().state == "pending"


@pytest.mark.parametrize(
    "state", sorted(set(OrderState.values) - {OrderState.PENDING, OrderState.FAILED})
)
def test_an_order_that_is_over_is_not_given_up(api: Api, owner: Any, state: str) -> None:
    order = OrderFactory(owner=owner, state=state)
    response = api.post(f"/orders/{order.pk}/abort/")
    assert response.status_code == 409
    assert response.json()["code"] == "order_not_abortable"


def test_too_late_is_a_409(api: Api, owner: Any, misbehave: Any) -> None:
    misbehave("late")
    order = OrderFactory(owner=owner)
    PaymentFactory(order=order)
    response = api.post(f"/orders/{order.pk}/abort/")
    assert response.status_code == 409
    assert response.json()["code"] == "abort_payment_failed"
    assert response.json()["order_id"] == str(order.pk)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_order_is_not_edited(api: Api, owner: Any, method: str) -> None:
    order = OrderFactory(owner=owner)
    assert api.send(method, f"/orders/{order.pk}/", {}).status_code == 405
