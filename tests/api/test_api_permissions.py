"""A host closes doors that Joanie leaves open, and opens none."""

import json
from typing import Any

import pytest
from pytest_django import Settings
from tests.api.api_client import ADDRESS, Api

from joanie.api.views.documentation import describe_api
from joanie.core.factories import ProductFactory
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory


def use(settings: Settings, *names: str) -> None:
    paths = [f"tests.api.parts.{name}" for name in names]
    settings.JOANIE = {**settings.JOANIE, "PERMISSION_CLASSES": paths}


def test_a_catalogue_can_be_for_members(anonymous: Api, api: Api, settings: Settings) -> None:
    use(settings, "Members")
    for path in ("/courses/", "/products/", "/organizations/", "/payment-methods/"):
        assert anonymous.get(path).status_code == 401
        assert api.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/orders/", "/credit-cards/setup/"])
def test_buying_can_be_for_some(api: Api, owner: Any, settings: Settings, path: str) -> None:
    use(settings, "Members", "MembersByMail")
    refused = api.post(path, {})
    assert refused.status_code == 403
    assert refused.json() == {
        "detail": "Buyers have an address of ours.",
        "code": "permission_denied",
    }
    owner.email = "grace@campus.example"
    owner.save()
    assert api.post(path, {}).status_code != 403


def test_who_may_not_buy_may_look(api: Api, settings: Settings) -> None:
    use(settings, "MembersByMail")
    product = ProductFactory()
    assert api.read(f"/products/{product.pk}/")["orders"] == []
    assert api.post("/addresses/", {**ADDRESS, "title": "Home"}).status_code == 201
    assert api.order(product).status_code == 403
    assert not Order.objects.exists()


def test_no_door_is_opened(anonymous: Api, other: Api, owner: Any, settings: Settings) -> None:
    use(settings, "Everybody")
    order = PaymentFactory(order__owner=owner).order
    assert anonymous.get("/orders/").status_code == 401
    assert other.get(f"/orders/{order.pk}/").status_code == 404
    assert other.read("/orders/")["results"] == []


def test_other_systems_are_not_asked(anonymous: Api, settings: Settings) -> None:
    use(settings, "Members")
    refused = anonymous.post("/course-runs-sync/", {})
    assert refused.json()["code"] == "not_signed"
    assert anonymous.get("/schema/").status_code == 200
    assert anonymous.post("/payments/notifications/page/").status_code != 401


def test_the_description_says_so(settings: Settings) -> None:
    assert '"403"' not in json.dumps(describe_api())
    use(settings, "Members")
    paths = describe_api()["paths"]
    assert "403" in paths["/api/v1.0/courses/"]["get"]["responses"]
    assert "403" not in paths["/api/v1.0/course-runs-sync/"]["post"]["responses"]
