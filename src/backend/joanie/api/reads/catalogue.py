"""What the API shows of the catalogue, in a number of statements that does not grow with it."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Prefetch, QuerySet

from joanie.api.reads.orders import orders_of
from joanie.api.reads.target_courses import target_courses
from joanie.core.models import Course, Product, ProductTargetCourseRelation


def products_for(learner: AbstractBaseUser | None, course_code: str = "") -> QuerySet[Product]:
    """Give the products, those displayed on one course when a code is given.

    ``own_orders`` are the learner's, of that course alone when a code is given.
    """
    products = _products()
    if course_code:
        products = products.filter(courses__code=course_code)
    if learner is None:
        return products
    orders = orders_of(learner)
    if course_code:
        orders = orders.filter(course__code=course_code)
    return products.prefetch_related(Prefetch("orders", orders, to_attr="own_orders"))


def courses_for(learner: AbstractBaseUser | None) -> QuerySet[Course]:
    """Give the courses with their products. ``own_orders`` are the learner's."""
    courses = Course.objects.prefetch_related(
        "organizations", "course_runs", Prefetch("products", _products())
    )
    if learner is None:
        return courses
    return courses.prefetch_related(Prefetch("orders", orders_of(learner), to_attr="own_orders"))


def _products() -> QuerySet[Product]:
    return Product.objects.prefetch_related(
        "organizations",
        Prefetch("target_course_relations", target_courses(ProductTargetCourseRelation)),
    )
