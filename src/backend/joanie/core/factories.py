"""Factories of the core models, for tests and demonstrations. Part of the public API."""

from datetime import timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone
from factory.django import DjangoModelFactory

from joanie.common.money import Money
from joanie.core import models


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda number: f"learner-{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    first_name = factory.Faker("first_name")
    last_name = factory.Faker("last_name")


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = models.Organization

    code = factory.Sequence(lambda number: f"ORG{number}")
    title = factory.Sequence(lambda number: f"University {number}")
    address = "1 University Square"
    postcode = "75005"
    city = "Paris"
    country = "FR"
    registration_number = factory.Sequence(lambda number: f"{number:09d}")
    vat_number = factory.Sequence(lambda number: f"FR{number:011d}")


def _many(attribute: str, default: type[DjangoModelFactory] | None = None) -> Any:
    """Make a hook that fills a many-to-many: ``[…]`` as given, or one of ``default``."""

    def fill(instance: Any, create: bool, extracted: Any, **_: Any) -> None:
        if not create:
            return
        rows = [default()] if extracted is None and default is not None else extracted or []
        getattr(instance, attribute).set(rows)

    return factory.post_generation(fill)


class CourseFactory(DjangoModelFactory):
    class Meta:
        model = models.Course
        skip_postgeneration_save = True

    code = factory.Sequence(lambda number: f"course-{number}")
    title = factory.Sequence(lambda number: f"Course {number}")
    organizations = _many("organizations", OrganizationFactory)


class CourseRunFactory(DjangoModelFactory):
    """A run that is on-going and open for enrolment."""

    class Meta:
        model = models.CourseRun

    course = factory.SubFactory(CourseFactory)
    title = factory.Sequence(lambda number: f"Run {number}")
    resource_link = factory.Sequence(
        lambda number: f"https://lms.example.org/courses/run-{number}"
    )
    enrollment_start = factory.LazyFunction(lambda: timezone.now() - timedelta(days=30))
    start = factory.LazyFunction(lambda: timezone.now() - timedelta(days=10))
    enrollment_end = factory.LazyFunction(lambda: timezone.now() + timedelta(days=10))
    end = factory.LazyFunction(lambda: timezone.now() + timedelta(days=90))


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = models.Product
        skip_postgeneration_save = True

    title = factory.Sequence(lambda number: f"Certificate of achievement {number}")
    type = "credential"
    price = Money("120.00", "EUR")
    call_to_action = "Buy"
    courses = _many("courses", CourseFactory)
    organizations = _many("organizations", OrganizationFactory)

    @factory.post_generation  # type: ignore[untyped-decorator]
    def target_courses(self: Any, create: bool, extracted: Any, **_: Any) -> None:
        if not create:
            return
        for position, course in enumerate(extracted or []):
            ProductTargetCourseRelationFactory(product=self, course=course, position=position)


class ProductTargetCourseRelationFactory(DjangoModelFactory):
    class Meta:
        model = models.ProductTargetCourseRelation
        skip_postgeneration_save = True

    product = factory.SubFactory(ProductFactory)
    course = factory.SubFactory(CourseFactory)
    course_runs = _many("course_runs")


class OrderFactory(DjangoModelFactory):
    """An order of a product on one of its courses. ``state`` can be given."""

    class Meta:
        model = models.Order

    owner = factory.SubFactory(UserFactory)
    product = factory.SubFactory(ProductFactory)
    course = factory.LazyAttribute(lambda order: order.product.courses.first())
    organization = factory.LazyAttribute(lambda order: order.product.organizations.first())
    total = factory.LazyAttribute(lambda order: order.product.price)
    vat_rate = factory.LazyAttribute(lambda order: order.product.applicable_vat_rate)
    language = "en"


class EnrollmentFactory(DjangoModelFactory):
    class Meta:
        model = models.Enrollment

    owner = factory.SubFactory(UserFactory)
    course_run = factory.SubFactory(CourseRunFactory)


class AddressFactory(DjangoModelFactory):
    class Meta:
        model = models.Address

    owner = factory.SubFactory(UserFactory)
    title = "Home"
    first_name = factory.Faker("first_name")
    last_name = factory.Faker("last_name")
    address = "10 rue de la Paix"
    postcode = "75002"
    city = "Paris"
    country = "FR"
