"""What is told of orders, documents, enrollments and products, as the reference shows it."""

import json
import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from tests.payment.ledger.books import (
    fail,
    give_back,
    invoice_of,
    notes_of,
    pay,
    queued,
    take_back,
)
from tests.statements import captured_statements, listing
from tests.webhooks.listeners import listen, told

from joanie.common.money import Money
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    EnrollmentFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
    UserFactory,
)
from joanie.core.models import Order, Product
from joanie.core.services.catalogue_import import FileFormat, import_catalogue
from joanie.core.services.course_runs import CourseRunReport, synchronize_course_runs
from joanie.core.services.enrollments import resend_enrollment
from joanie.core.services.outgoing_events import ProductChange, tell_of_order, tell_of_products
from joanie.core.services.telling_lms import send_enrollment
from joanie.core.tasks import update_access
from joanie.payment.documents.storage import ensure_pdf
from joanie.payment.factories import PaymentFactory, ProformaInvoiceFactory
from joanie.payment.services.cancellation import cancel_order
from joanie.webhooks.enums import EventType
from joanie.webhooks.models import WebhookEndpoint
from joanie.webhooks.services.endpoints import send_test_event

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "webhooks.md"
MOMENT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
EXAMPLES: dict[str, Any] = {
    example["type"]: example
    for example in map(json.loads, re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL))
}


@pytest.fixture(autouse=True)
def endpoint() -> WebhookEndpoint:
    return listen(id=EXAMPLES["joanie.test"]["data"]["endpoint"])


@pytest.fixture
def order() -> Order:
    """Give the order of the examples."""
    said = EXAMPLES["order.validated"]["data"]
    course = CourseFactory(code=said["course"])
    seller = OrganizationFactory(pk=uuid.UUID(said["organization"]), code="NORTH")
    product = ProductFactory(
        pk=uuid.UUID(said["product"]),
        courses=[course],
        organizations=[seller],
        price=Money("120.50", "EUR"),
    )
    owner = UserFactory(username=said["owner"])
    order: Order = OrderFactory(pk=uuid.UUID(said["id"]), owner=owner, product=product)
    return order


def run_jobs() -> None:
    """Do what was enqueued about access, as often as it was."""
    for job in queued("joanie.core.update_access"):
        update_access(**job)


def order_events() -> list[str]:
    return [each["type"] for each in told() if each["type"].startswith("order.")]


def test_the_reference_shows_every_event() -> None:
    assert set(EXAMPLES) == set(EventType.values)


@pytest.mark.parametrize("state", ["validated", "failed", "canceled", "refunded"])
def test_an_order_is_told_of_as_the_reference_shows_it(order: Order, state: str) -> None:
    tell_of_order(order_id=order.pk, state=state, moment=MOMENT)
    assert told() == [EXAMPLES[f"order.{state}"]]


@pytest.mark.parametrize("state", ["pending", "refunding"])
def test_other_states_of_an_order_are_nobodys_concern(order: Order, state: str) -> None:
    with captured_statements() as statements:
        tell_of_order(order_id=order.pk, state=state, moment=MOMENT)
    assert not statements


@time_machine.travel(MOMENT, tick=False)
def test_a_document_is_told_of_as_the_reference_shows_it(order: Order) -> None:
    said = EXAMPLES["proforma_invoice.issued"]["data"]
    invoice = ProformaInvoiceFactory(
        pk=uuid.UUID(said["id"]), order=order, reference=said["reference"]
    )
    ensure_pdf(invoice.pk)
    ensure_pdf(invoice.pk)
    assert told() == [EXAMPLES["proforma_invoice.issued"]]


@time_machine.travel(MOMENT, tick=False)
def test_an_enrollment_is_told_of_as_the_reference_shows_it(order: Order) -> None:
    said = EXAMPLES["enrollment.set"]["data"]
    run = CourseRunFactory(pk=uuid.UUID(said["course_run"]), resource_link=said["resource_link"])
    EnrollmentFactory(pk=uuid.UUID(said["id"]), owner=order.owner, course_run=run, state="failed")
    send_enrollment(uuid.UUID(said["id"]))
    assert told() == [EXAMPLES["enrollment.set"]]


def test_a_product_is_told_of_as_the_reference_shows_it(order: Order) -> None:
    tell_of_products(Product.objects.all())
    (event,) = told()
    assert event == {**EXAMPLES["product.changed"], "timestamp": event["timestamp"]}


def test_a_test_is_sent_as_the_reference_shows_it(endpoint: WebhookEndpoint) -> None:
    send_test_event(endpoint_id=uuid.UUID(str(endpoint.pk)))
    (event,) = told()
    assert event == {**EXAMPLES["joanie.test"], "timestamp": event["timestamp"]}


def test_each_time_that_an_order_comes_to_a_state_is_told_once() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    fail(order)
    pay(order)
    give_back(order)
    take_back(order)
    run_jobs()
    run_jobs()
    events = [event for event in told() if event["type"].startswith("order.")]
    events.sort(key=lambda event: event["timestamp"])
    assert [event["data"]["state"] for event in events] == [
        "failed",
        "validated",
        "refunded",
        "validated",
    ]


def test_a_canceled_order_is_told_of_once() -> None:
    order = OrderFactory()
    cancel_order(order)
    cancel_order(order)
    assert order_events() == ["order.canceled"]


def test_a_free_order_that_is_canceled_is_told_of_by_the_job_that_takes_access_back() -> None:
    free = ProductFactory(price=Money(0, "EUR"))
    cancel_order(OrderFactory(product=free, state="validated"))
    assert order_events() == []
    run_jobs()
    assert order_events() == ["order.canceled"]


def test_yen_have_no_decimals() -> None:
    order = OrderFactory(product=ProductFactory(price=Money(12000, "JPY")))
    tell_of_order(order_id=order.pk, state="failed", moment=MOMENT)
    (event,) = told()
    assert event["data"]["total"] == 12000
    assert isinstance(event["data"]["total"], int)


def test_a_credit_note_says_what_it_corrects() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    give_back(order, "20.00")
    (note,) = notes_of(order)
    ensure_pdf(note.pk)
    (event,) = told("proforma_invoice.issued")
    data = event["data"]
    assert (data["kind"], Decimal(str(data["total"]))) == ("credit_note", Decimal(-20))
    assert data["corrects"] == invoice_of(order).reference


def test_an_enrollment_told_again_to_the_lms_is_not_told_again_to_others() -> None:
    enrollment = EnrollmentFactory()
    send_enrollment(enrollment.pk)
    resend_enrollment(enrollment.pk)
    send_enrollment(enrollment.pk)
    assert len(told("enrollment.set")) == 1


def test_leaving_a_run_is_told_of_too() -> None:
    enrollment = EnrollmentFactory()
    send_enrollment(enrollment.pk)
    enrollment.is_active = False
    enrollment.save()
    send_enrollment(enrollment.pk)
    assert [each["data"]["is_active"] for each in told("enrollment.set")] == [True, False]


def test_a_product_told_of_several_times_in_a_transaction_is_one_event() -> None:
    ProductFactory()
    for _ in range(3):
        tell_of_products(Product.objects.all())
    tell_of_products(Product.objects.all(), change=ProductChange.DELETED)
    assert [each["data"]["change"] for each in told()] == ["changed", "deleted"]


def test_statements_do_not_grow_with_products() -> None:
    counts = []
    for _ in range(2):
        ProductFactory.create_batch(5)
        with captured_statements() as statements:
            tell_of_products(Product.objects.all())
        counts.append(len(statements))
    assert counts[0] == counts[1], listing(statements)


def test_an_import_is_one_event_for_each_product_that_shows_what_changed() -> None:
    shown = CourseFactory()
    products = ProductFactory.create_batch(2, target_courses=[shown])
    ProductFactory()
    content = json.dumps({"courses": [{"code": shown.code, "title": "Another title"}]}).encode()
    import_catalogue(content=content, file_format=FileFormat.JSON)
    assert {each["data"]["id"] for each in told()} == {str(product.pk) for product in products}
    import_catalogue(content=content, file_format=FileFormat.JSON)
    assert len(told()) == 2


def test_a_run_that_an_lms_changes_is_told_of_by_the_products_that_show_it() -> None:
    run = CourseRunFactory()
    product = ProductFactory(target_courses=[run.course])
    synchronize_course_runs([CourseRunReport(run.resource_link, values={"title": "Spring"})])
    assert [each["data"]["id"] for each in told()] == [str(product.pk)]


def test_deleting_a_product_in_the_admin_says_so(admin_client: Client) -> None:
    product = ProductFactory()
    address = f"/admin/joanie_core/product/{product.pk}/delete/"
    assert admin_client.post(address, {"post": "yes"}).status_code == 302
    assert [each["data"]["change"] for each in told()] == ["deleted"]


def test_an_organization_that_changes_is_told_of_by_what_it_sells(admin_client: Client) -> None:
    seller = OrganizationFactory()
    product = ProductFactory(organizations=[seller])
    form = {"code": seller.code, "title": "Another name", "country": "FR"}
    address = f"/admin/joanie_core/organization/{seller.pk}/change/"
    assert admin_client.post(address, form).status_code == 302
    assert [each["data"]["id"] for each in told()] == [str(product.pk)]


def test_a_job_of_an_earlier_version_tells_nothing() -> None:
    update_access(order_id=str(OrderFactory(state="validated").pk))
    assert told() == []
