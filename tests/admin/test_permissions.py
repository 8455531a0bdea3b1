"""Who sees what in the admin, and who may press which button."""

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from tests.admin.staff import Make, list_of, page_of, read

from joanie.common.money import Money
from joanie.core.factories import AddressFactory, EnrollmentFactory, OrderFactory
from joanie.core.models import Address, Enrollment, Order
from joanie.payment.factories import (
    CreditCardFactory,
    PaymentFactory,
    ProformaInvoiceFactory,
    TransactionFactory,
)
from joanie.payment.models import (
    CreditCard,
    Mail,
    NotificationRejection,
    Payment,
    PaymentNotification,
    ProformaInvoice,
    Refund,
    Transaction,
)

READ_ONLY: list[type[Model]] = [
    Address,
    CreditCard,
    Enrollment,
    Mail,
    NotificationRejection,
    Order,
    Payment,
    PaymentNotification,
    ProformaInvoice,
    Refund,
    Transaction,
]


def make_mail() -> Mail:
    order = OrderFactory()
    return Mail.objects.create(
        kind="order_paid", key=str(order.pk), owner=order.owner, order=order, language="en"
    )


def make_notification(**changes: Any) -> PaymentNotification:
    values = {"backend": "dummy", "method": "POST", "path": "/", "body": b"{}", "state": "dead"}
    return PaymentNotification.objects.create(**{**values, **changes})


BUTTONS = [
    (OrderFactory, "cancel", "cancel_order"),
    (lambda: TransactionFactory().payment.order, "refund", "refund_order"),
    (lambda: PaymentFactory(flag="late", state="succeeded"), "settle", "review_payment"),
    (make_notification, "replay", "replay_paymentnotification"),
    (make_mail, "resend", "resend_mail"),
    (EnrollmentFactory, "resend", "resend_enrollment"),
]
MAKERS = [
    AddressFactory,
    CreditCardFactory,
    EnrollmentFactory,
    OrderFactory,
    PaymentFactory,
    ProformaInvoiceFactory,
    TransactionFactory,
    make_mail,
    make_notification,
    lambda: Refund.objects.create(
        payment=PaymentFactory(), amount=Money(1, "EUR"), origin="staff"
    ),
    lambda: NotificationRejection.objects.create(backend="dummy", day="2026-01-01", count=2),
]


@pytest.mark.parametrize("model", READ_ONLY)
def test_nobody_writes_what_services_write(boss: Client, model: type[Model]) -> None:
    page = boss.get(f"{list_of(model)}add/")
    assert page.status_code == 403
    assert "delete_selected" not in read(boss, list_of(model))


@pytest.mark.parametrize("make", MAKERS)
def test_a_page_can_be_read_and_neither_saved_nor_deleted(boss: Client, make: Any) -> None:
    row = make()
    assert 'name="_save"' not in read(boss, page_of(row))
    assert boss.post(page_of(row), {"state": "validated"}).status_code == 403
    assert boss.post(page_of(row, "delete"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", READ_ONLY)
def test_the_permission_to_view_is_the_one_that_counts(clerk: Make, model: type[Model]) -> None:
    name = model._meta.model_name
    assert clerk(f"view_{name}").get(list_of(model)).status_code == 200
    assert clerk(f"change_{name}").get(list_of(model)).status_code == 403


@pytest.mark.parametrize(
    ("make", "lookup"),
    [
        (CreditCardFactory, "token__startswith"),
        (CreditCardFactory, "provider_customer"),
        (make_notification, "headers__Authorization__startswith"),
    ],
)
def test_a_secret_cannot_be_guessed_by_filtering(boss: Client, make: Any, lookup: str) -> None:
    assert boss.get(list_of(type(make())), {lookup: "a"}).status_code == 400


@pytest.mark.parametrize(("make", "button", "permission"), BUTTONS)
def test_a_button_is_for_those_who_have_its_permission(
    clerk: Make, make: Any, button: str, permission: str
) -> None:
    row = make()
    view = f"view_{row._meta.model_name}"
    address = page_of(row, button)
    reader, presser = clerk(view, f"change_{row._meta.model_name}"), clerk(view, permission)
    assert address not in read(reader, page_of(row))
    assert reader.get(address).status_code == 403
    assert reader.post(address).status_code == 403
    assert address in read(presser, page_of(row))
    assert presser.get(address).status_code == 200
    assert clerk(permission).get(address).status_code == 403


@pytest.mark.parametrize(("make", "button", "permission"), BUTTONS)
def test_a_button_asks_before_it_is_pressed(
    boss: Client, make: Any, button: str, permission: str
) -> None:
    row = make()
    before = type(row)._default_manager.values().get(pk=row.pk)
    assert "csrfmiddlewaretoken" in read(boss, page_of(row, button))
    assert type(row)._default_manager.values().get(pk=row.pk) == before


def test_a_button_of_what_is_not_there_is_not_found(boss: Client) -> None:
    address = "/admin/joanie_core/order/{}/cancel/"
    assert boss.get(address.format("7d4ae3ad-7d6f-4f06-8a3b-15a5b2e7a3b8")).status_code == 404
    assert boss.get(address.format("nonsense")).status_code == 302


def test_a_button_needs_the_token_of_its_form(boss: Client) -> None:
    order = OrderFactory()
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = boss.cookies
    assert careful.post(page_of(order, "cancel"), {"reason": "x"}).status_code == 403
    assert Order.objects.get().state == "pending"


@pytest.mark.django_db
def test_who_is_not_staff_is_asked_to_log_in(client: Client) -> None:
    order = OrderFactory()
    assert client.post(page_of(order, "cancel")).status_code == 302
    invoice = ProformaInvoiceFactory()
    assert client.get(page_of(invoice, "pdf")).status_code == 302


def test_every_model_has_its_page() -> None:
    registered = {model for model in admin.site._registry if "joanie" in model._meta.app_label}
    assert registered >= set(READ_ONLY)
    assert reverse("admin:index")
