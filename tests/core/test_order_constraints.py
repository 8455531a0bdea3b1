"""What the database refuses of orders, whatever the code does."""

from datetime import timedelta
from itertools import product as every_combination
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone
from tests.common.sql import execute, refused

from joanie.common.money import Money
from joanie.core.enums import OrderState
from joanie.core.factories import (
    CourseFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
    UserFactory,
)
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory

pytestmark = pytest.mark.django_db

ACTIVE = ["pending", "failed", "validated", "refunding"]
PAIRS_OF_STATES = [*every_combination(OrderState.values, repeat=2)]
PAIRS_OF_ACTIVE_STATES = [*every_combination(ACTIVE, repeat=2)]
FROZEN = {
    "owner": UserFactory,
    "course": CourseFactory,
    "product": ProductFactory,
    "organization": OrganizationFactory,
    "total": lambda: Money("1.00", "EUR"),
    "total_currency": lambda: "USD",
    "vat_rate": lambda: "5.50",
    "created_on": lambda: timezone.now() - timedelta(days=1),
}
FREE = {"id", "language", "state", "updated_on"}


def test_every_column_is_said_to_be_frozen_or_free() -> None:
    assert {field.name for field in Order._meta.concrete_fields} == {*FROZEN, *FREE}


@pytest.mark.parametrize("field", FROZEN)
def test_what_was_ordered_is_frozen(field: str) -> None:
    order = OrderFactory()
    with refused("pgtrigger"):
        Order.objects.filter(pk=order.pk).update(**{field: FROZEN[field]()})
    assert getattr(Order.objects.get(), field) == getattr(order, field)


def test_what_follows_can_change() -> None:
    OrderFactory()
    changes = {"language": "fr", "state": "validated", "updated_on": timezone.now()}
    assert Order.objects.update(**changes) == 1


@pytest.mark.parametrize(("first", "second"), PAIRS_OF_STATES)
def test_one_order_of_a_product_is_active(first: str, second: str) -> None:
    bought = OrderFactory(state=first)
    again = {"owner": bought.owner, "product": bought.product, "state": second}
    if first in ACTIVE and second in ACTIVE:
        with refused("one_active_order"):
            OrderFactory(**again)
    else:
        OrderFactory(**again)
    assert Order.objects.filter(state__in=ACTIVE).count() <= 1


@pytest.mark.parametrize("difference", ["owner", "course", "product"])
@pytest.mark.parametrize(("first", "second"), PAIRS_OF_ACTIVE_STATES)
def test_orders_that_differ_are_active_together(first: str, second: str, difference: str) -> None:
    bought = OrderFactory(state=first)
    same = {name: getattr(bought, name) for name in ("owner", "course", "product", "organization")}
    OrderFactory(**{**same, difference: FROZEN[difference]()}, state=second)
    assert Order.objects.filter(state__in=ACTIVE).count() == 2


def test_an_order_does_not_become_active_beside_another() -> None:
    first = OrderFactory(state="refunded")
    OrderFactory(owner=first.owner, product=first.product)
    with refused("one_active_order"):
        Order.objects.filter(pk=first.pk).update(state="validated")


@pytest.mark.parametrize("total", ["-0.01", "-120"])
def test_a_total_is_not_negative(total: str) -> None:
    with refused("order_total_is_not_negative"):
        OrderFactory(total=Money(total, "EUR"))


@pytest.mark.parametrize("amount", [120, "120.00"])
def test_an_amount_has_a_currency(amount: Any) -> None:
    with pytest.raises(TypeError, match="Currency"):
        OrderFactory(total=amount)


def test_an_amount_has_a_currency_in_the_database_too() -> None:
    ProductFactory()
    with refused("price_currency"):
        execute("UPDATE joanie_core_product SET price_currency = NULL")


def test_an_order_with_an_attempt_is_not_deleted() -> None:
    order = PaymentFactory().order
    with pytest.raises(ProtectedError):
        order.delete()
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    with refused("violates foreign key"):
        execute("DELETE FROM joanie_core_order")


def test_an_order_names_the_same_target_course_once() -> None:
    order, course = OrderFactory(), CourseFactory()
    order.target_course_relations.create(course=course)
    with pytest.raises(IntegrityError, match="order_targets_a_course_once"):
        order.target_course_relations.create(course=course)
