"""Orders as they are after a purchase, in any state."""

from typing import Any

from joanie.core.factories import ProductFactory, ProductTargetCourseRelationFactory
from joanie.core.models import Course, CourseRun, Order
from joanie.core.services.orders import create_order


def buy(*targets: Course | CourseRun, owner: Any, state: str = "validated") -> Order:
    """Place an order for whole courses, or for some of their runs only."""
    product = ProductFactory()
    for target in targets:
        is_run = isinstance(target, CourseRun)
        ProductTargetCourseRelationFactory(
            product=product,
            course=target.course if is_run else target,
            course_runs=[target] if is_run else [],
        )
    order = create_order(
        owner=owner,
        course=product.courses.get(),
        product=product,
        organization=product.organizations.get(),
        language="en",
    )
    return move(order, "validated", state)


def move(order: Order, *states: str) -> Order:
    """Move an order on a way that its machine allows."""
    ways = {"pending": [], "failed": ["failed"], "canceled": ["canceled"]}
    for state in ways.get(states[-1], dict.fromkeys(states)):
        Order.objects.filter(pk=order.pk).update(state=state)
    return Order.objects.get(pk=order.pk)
