"""The description of the API, and what it promises."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import call_command
from tests.api.api_client import Api

from joanie.core.factories import CourseRunFactory, OrderFactory, ProductFactory
from joanie.payment.factories import CreditCardFactory, PaymentFactory

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "openapi.yaml"


def described(reference: str) -> dict[str, Any]:
    """Give the schema of a component, with all others beside it."""
    document = yaml.safe_load(COMMITTED.read_text())
    return {"$ref": f"#/components/schemas/{reference}", "components": document["components"]}


def test_the_committed_description_is_what_the_code_does(tmp_path: Path) -> None:
    written = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(written), validate=True, fail_on_warn=True)
    assert written.read_text() == COMMITTED.read_text(), "run “make schema”"


@pytest.mark.parametrize("accept", ["application/vnd.oai.openapi+json", "application/json"])
def test_the_description_is_served(anonymous: Api, accept: str) -> None:
    response = anonymous.client.get("/api/v1.0/schema/", headers={"Accept": accept})
    served = response.json()
    assert served == yaml.safe_load(COMMITTED.read_text())
    assert (served["openapi"], served["info"]["version"]) == ("3.1.0", "1.0")


def test_the_description_is_browsable_without_leaving_the_site(anonymous: Api) -> None:
    page = anonymous.get("/docs/").content.decode()
    assert "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    assert "//cdn" not in page
    script = anonymous.get("/docs/", script="").content.decode()
    assert "/api/v1.0/schema/" in script


def test_answers_are_as_described(api: Api, owner: Any) -> None:
    order = OrderFactory(
        owner=owner, product=ProductFactory(target_courses=[CourseRunFactory().course])
    )
    PaymentFactory(order=order)
    card = CreditCardFactory(owner=owner)
    for component, path in [
        ("Order", f"/orders/{order.pk}/"),
        ("PaginatedOrderList", "/orders/"),
        ("Course", f"/courses/{order.course.code}/"),
        ("PaginatedCourseList", "/courses/"),
        ("Product", f"/products/{order.product_id}/"),
        ("CreditCard", f"/credit-cards/{card.pk}/"),
        ("PaginatedPaymentMethodList", "/payment-methods/"),
    ]:
        jsonschema.validate(api.read(path), described(component))
    checkout = api.order(ProductFactory())
    jsonschema.validate(checkout.json(), described("Checkout"))
    jsonschema.validate(api.post("/orders/unknown/abort/").json(), described("Error"))
