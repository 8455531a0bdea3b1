"""What the database refuses of the catalogue, of addresses and of enrolments."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from tests.common.sql import refused

from joanie.common.money import Money
from joanie.core.factories import (
    AddressFactory,
    CourseFactory,
    CourseRunFactory,
    EnrollmentFactory,
    ProductFactory,
    UserFactory,
)
from joanie.core.models import Address

pytestmark = pytest.mark.django_db


def test_an_owner_has_one_main_address() -> None:
    owner = UserFactory()
    AddressFactory(owner=owner, is_main=True)
    other = AddressFactory(owner=owner)
    with refused("one_main_address"):
        AddressFactory(owner=owner, is_main=True)
    with refused("one_main_address"):
        Address.objects.filter(pk=other.pk).update(is_main=True)


def test_everybody_has_a_main_address_of_their_own() -> None:
    AddressFactory.create_batch(2, is_main=True)
    assert Address.objects.filter(is_main=True).count() == 2


def test_an_owner_keeps_as_many_other_addresses_as_they_like() -> None:
    AddressFactory.create_batch(3, owner=UserFactory())
    assert Address.objects.count() == 3


def test_a_price_is_not_negative() -> None:
    with refused("product_price_is_not_negative"):
        ProductFactory(price=Money("-0.01", "EUR"))


@pytest.mark.parametrize("rate", ["-0.01", "100.01"])
def test_a_vat_rate_is_a_percentage(rate: str) -> None:
    with refused("product_vat_rate_is_a_percentage"):
        ProductFactory(vat_rate=Decimal(rate))


@pytest.mark.parametrize("rate", [None, "0", "5.50", "100"])
def test_a_product_may_have_any_percentage_or_none(rate: str | None) -> None:
    ProductFactory(vat_rate=rate and Decimal(rate))


def test_a_product_names_the_same_target_course_once() -> None:
    course = CourseFactory()
    with refused("product_targets_a_course_once"):
        ProductFactory(target_courses=[course, course])


@pytest.mark.parametrize("first", ["start", "enrollment_start"])
def test_a_course_run_ends_after_its_start(first: str) -> None:
    now = timezone.now()
    last = {"start": "end", "enrollment_start": "enrollment_end"}[first]
    with refused("ends_after_its_start"):
        CourseRunFactory(**{first: now, last: now - timedelta(seconds=1)})
    CourseRunFactory(**{first: now, last: now})


def test_a_learner_has_one_enrollment_in_a_run() -> None:
    enrollment = EnrollmentFactory()
    with refused("one_enrollment_in_a_course_run"):
        EnrollmentFactory(owner=enrollment.owner, course_run=enrollment.course_run)
