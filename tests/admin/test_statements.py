"""No page of the admin takes more statements when there is more to show."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from tests.admin.staff import list_of, page_of
from tests.payment.ledger.books import fail, give_back, pay
from tests.statements import captured_statements, listing

from joanie.core.factories import (
    AddressFactory,
    CourseFactory,
    CourseRunFactory,
    EnrollmentFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
)
from joanie.core.models import (
    Address,
    Course,
    CourseRun,
    Enrollment,
    Order,
    Organization,
    Product,
)
from joanie.payment.factories import CreditCardFactory, PaymentFactory
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

pytestmark = pytest.mark.django_db


def buy_and_give_back(number: int) -> Order:
    """Make one of everything that hangs on an order."""
    order = OrderFactory()
    happen(order, number)
    return order


def happen(order: Order, number: int) -> None:
    PaymentFactory(order=order, provider_reference=f"pay_failed_{number}")
    fail(order, f"pay_failed_{number}")
    pay(order, reference=f"pay_{number}")
    pay(order, reference=f"pay_again_{number}")
    give_back(order, 5, reference=f"re_{number}")
    run = CourseRunFactory()
    order.target_course_relations.create(course=run.course).course_runs.add(run)
    EnrollmentFactory(owner=order.owner, course_run=run)
    Mail.objects.create(
        kind="order_paid", key=str(run.pk), owner=order.owner, order=order, language="en"
    )


def notify(number: int) -> None:
    PaymentNotification.objects.create(
        backend="dummy", event_id=str(number), method="POST", path="/", body=b"{}", state="dead"
    )


def reject(number: int) -> None:
    NotificationRejection.objects.create(backend="dummy", day=f"2026-01-0{number + 1}", count=1)


def each(factory: Any) -> Callable[[int], Any]:
    return lambda number: factory()


LISTS: list[tuple[type[Model], Callable[[int], Any]]] = [
    (Address, each(AddressFactory)),
    (Course, each(CourseFactory)),
    (CourseRun, each(CourseRunFactory)),
    (CreditCard, each(CreditCardFactory)),
    (Enrollment, each(EnrollmentFactory)),
    (Mail, buy_and_give_back),
    (NotificationRejection, reject),
    (Order, buy_and_give_back),
    (Organization, each(OrganizationFactory)),
    (Payment, buy_and_give_back),
    (PaymentNotification, notify),
    (Product, each(ProductFactory)),
    (ProformaInvoice, buy_and_give_back),
    (Refund, buy_and_give_back),
    (Transaction, buy_and_give_back),
]


def statements_of(client: Client, address: str) -> list[str]:
    client.get(address)
    with captured_statements() as statements:
        assert client.get(address).status_code == 200
    return statements


@pytest.mark.parametrize(
    ("model", "make"), LISTS, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_list_takes_as_many_statements_for_six_rows_as_for_two(
    boss: Client, model: type[Model], make: Callable[[int], Any]
) -> None:
    for number in range(2):
        make(number)
    few = statements_of(boss, list_of(model))
    for number in range(2, 6):
        make(number)
    many = statements_of(boss, list_of(model))
    assert len(many) == len(few), listing(many)


def test_the_page_of_an_order_takes_as_many_statements_however_much_happened(boss: Client) -> None:
    order = OrderFactory()
    for number in range(2):
        happen(order, number)
    few = statements_of(boss, page_of(order))
    for number in range(2, 6):
        happen(order, number)
    many = statements_of(boss, page_of(order))
    assert len(many) == len(few), listing(many)


def test_the_page_to_give_money_back_takes_as_many_for_many_payments(boss: Client) -> None:
    order = OrderFactory()
    for number in range(2):
        happen(order, number)
    few = statements_of(boss, page_of(order, "refund"))
    for number in range(2, 6):
        happen(order, number)
    many = statements_of(boss, page_of(order, "refund"))
    assert len(many) == len(few), listing(many)


def grow_payment(payment: Any, number: int) -> None:
    give_back(payment.order, 5, reference=f"re_{number}")


def test_the_page_of_a_payment_and_of_its_invoice_take_as_many_for_many_refunds(
    boss: Client,
) -> None:
    payment = pay(OrderFactory())
    pages = page_of(payment), page_of(ProformaInvoice.objects.get())
    for number in range(2):
        grow_payment(payment, number)
    few = [len(statements_of(boss, page)) for page in pages]
    for number in range(2, 6):
        grow_payment(payment, number)
    assert [len(statements_of(boss, page)) for page in pages] == few


def test_the_page_of_a_course_takes_as_many_for_many_runs(boss: Client) -> None:
    course = CourseFactory()
    CourseRunFactory.create_batch(2, course=course)
    few = statements_of(boss, page_of(course))
    CourseRunFactory.create_batch(4, course=course)
    many = statements_of(boss, page_of(course))
    assert len(many) == len(few), listing(many)


def test_the_inbox_does_not_read_bodies_to_list_them(boss: Client) -> None:
    notify(1)
    statements = statements_of(boss, list_of(PaymentNotification))
    assert not [sql for sql in statements if '"body"' in sql]


@pytest.mark.parametrize("address", ["/admin/", "/admin/joanie_payment/"])
def test_the_start_page_takes_as_many_statements_whatever_waits(
    boss: Client, address: str
) -> None:
    notify(1)
    few = statements_of(boss, address)
    for number in range(2, 6):
        notify(number)
    many = statements_of(boss, address)
    assert len(many) == len(few), listing(many)
