"""How many SQL statements the main requests take; none grows with the number of rows."""

import json
import time
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from tests.provider import Provider
from tests.shop import SECRET, Shop, last_payment
from tests.statements import captured_statements, listing
from tests.system.learner import ADDRESS, bearer

from joanie.core.factories import CourseFactory, CourseRunFactory, ProductFactory
from joanie.core.models import Product
from joanie.emulators.dummy.events import sign
from joanie.payment.models import ProformaInvoice

ORDERS = "/api/v1.0/orders/"


@pytest.fixture
def product() -> Product:
    """Give a product of three courses, one of them restricted to one of its two runs."""
    courses = CourseFactory.create_batch(3)
    runs = [run for course in courses for run in CourseRunFactory.create_batch(2, course=course)]
    product = ProductFactory(target_courses=courses)
    product.target_course_relations.get(course=courses[0]).course_runs.set(runs[:1])
    return product


def order(client: Client, product: Product, course: str) -> Any:
    body = {
        "course": course,
        "product": str(product.pk),
        "billing_address": ADDRESS,
    }
    return client.post(ORDERS, body, content_type="application/json", headers=bearer())


def notify(client: Client, provider: Provider, shop: Shop) -> Any:
    payment = last_payment(shop.order().order)
    wire = provider.settle(payment.provider_reference, status="succeeded", notify=False)
    event = {"id": f"evt_{payment.pk}", "type": "payment.succeeded", "data": {"payment": wire}}
    body = json.dumps(event).encode()
    headers = {"Dummy-Signature": sign(SECRET, body, int(time.time()))}

    def send() -> Any:
        return client.post(
            "/api/v1.0/payments/notifications/dummy/",
            body,
            content_type="application/json",
            headers=headers,
        )

    return send


@pytest.mark.django_db(transaction=True)
def test_creating_an_order_takes_20_statements_at_most(
    client: Client, provider: Provider, product: Product, settings: Settings
) -> None:
    settings.JOANIE = {**settings.JOANIE, "PUBLIC_BASE_URL": "http://127.0.0.1:9"}
    course = product.courses.get().code
    client.get(ORDERS, headers=bearer())
    with captured_statements() as statements:
        assert order(client, product, course).status_code == 201
    assert len(statements) <= 20, listing(statements)


@pytest.mark.django_db(transaction=True)
def test_a_notification_takes_16_statements_at_most(client: Client, provider: Provider) -> None:
    send = notify(client, provider, Shop("http://127.0.0.1:9"))
    with captured_statements() as statements:
        assert send().json() == {"status": "done"}
    assert len(statements) <= 16, listing(statements)
    with captured_statements() as statements:
        assert send().json() == {"status": "duplicate"}
    assert len(statements) <= 3, listing(statements)


@pytest.mark.django_db(transaction=True)
def test_downloading_a_document_takes_4_statements_at_most(
    client: Client, provider: Provider
) -> None:
    shop = Shop("http://127.0.0.1:9")
    notify(client, provider, shop)().json()
    invoice = ProformaInvoice.objects.get()
    url = f"{ORDERS}{invoice.order_id}/proforma_invoice/?reference={invoice.reference}"
    headers = bearer(shop.owner.username)
    assert client.get(url, headers=headers).status_code == 200
    with captured_statements() as statements:
        assert client.get(url, headers=headers).content.startswith(b"%PDF")
    assert len(statements) <= 4, listing(statements)
