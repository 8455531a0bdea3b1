"""What catalogues and other systems are told by webhooks of orders, enrollments and products.

Each is written in the transaction of what it tells about, or by a job of that transaction, which
gives the state and the moment: the order may have gone on by then. Telling twice is telling once.
What is told holds nothing personal but the user name. See ``docs/reference/webhooks.md``.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.functions import TransactionNow
from django.db.models import Model, Q, QuerySet

from joanie.common.money import MINOR_UNITS, Money
from joanie.core.enums import OrderState
from joanie.core.models import Enrollment, Order, Product
from joanie.webhooks.enums import EventType
from joanie.webhooks.services.telling import Event, is_listened_to, tell, write_moment

ORDER_EVENTS: Mapping[str, EventType] = {
    OrderState.VALIDATED: EventType.ORDER_VALIDATED,
    OrderState.FAILED: EventType.ORDER_FAILED,
    OrderState.CANCELED: EventType.ORDER_CANCELED,
    OrderState.REFUNDED: EventType.ORDER_REFUNDED,
}


class ProductChange(StrEnum):
    CHANGED = "changed"
    DELETED = "deleted"


def tell_of_order(*, order_id: uuid.UUID, state: str, moment: datetime) -> None:
    """Tell that an order came to a state, in the caller's transaction or one of its own.

    An order may come to a state more than once: the moment tells one time from another. Safe to
    repeat. One statement when nobody listens, none when the state is nobody's concern.
    """
    event_type = ORDER_EVENTS.get(state)
    if event_type is None or not is_listened_to(event_type):
        return
    order = Order.objects.select_related("owner", "course").get(pk=order_id)
    key = f"{event_type}:{order.pk}:{write_moment(moment)}"
    data = {
        "id": str(order.pk),
        "owner": order.owner.get_username(),
        "course": order.course.code,
        "product": str(order.product_id),
        "organization": str(order.organization_id),
        "state": state,
        **write_total(order.total),
    }
    tell(event_type, [Event(event_type, key, moment, data)])


def tell_of_enrollment(enrollment: Enrollment) -> None:
    """Tell that the LMS knows of an enrollment, with its owner and run at hand. Safe to repeat.

    It is told once each time that the run is entered or left, however often the LMS is told.
    """
    event_type, moment = EventType.ENROLLMENT_SET, enrollment.updated_on
    if not is_listened_to(event_type):
        return
    data = {
        "id": str(enrollment.pk),
        "owner": enrollment.owner.get_username(),
        "course_run": str(enrollment.course_run_id),
        "resource_link": enrollment.course_run.resource_link,
        "is_active": enrollment.is_active,
        "state": enrollment.state,
    }
    key = f"{event_type}:{enrollment.pk}:{write_moment(moment)}"
    tell(event_type, [Event(event_type, key, moment, data)])


def tell_of_products(
    products: QuerySet[Product], *, change: ProductChange = ProductChange.CHANGED
) -> None:
    """Tell that what the API says of products is another thing now.

    In the transaction of the change, after it; of a deletion before it. Told of several times in
    one transaction, it is one event for each product.
    """
    event_type = EventType.PRODUCT_CHANGED
    if not is_listened_to(event_type):
        return
    codes = ArrayAgg("courses__code", filter=Q(courses__isnull=False), default=[], distinct=True)
    changed = Product.objects.filter(pk__in=products.order_by().values("pk"))
    rows = changed.annotate(moment=TransactionNow(), codes=codes)
    tell(event_type, [_product_event(row, change) for row in rows.order_by("pk")])


def products_of_courses(courses: Iterable[Any]) -> QuerySet[Product]:
    """Give the products that show these target courses; ``courses`` may be ids."""
    return Product.objects.filter(target_courses__in=list(courses)).distinct()


def products_of_organizations(organizations: Iterable[Any]) -> QuerySet[Product]:
    """Give the products that these organizations sell, or teach a target course of."""
    ids = [each.pk if isinstance(each, Model) else each for each in organizations]
    shown = Q(organizations__in=ids) | Q(target_courses__organizations__in=ids)
    return Product.objects.filter(shown).distinct()


def write_total(total: Money) -> dict[str, Any]:
    """Write an amount in major units beside its currency, as the API does.

    It has at most fifteen digits: as a double it still has all of them.
    """
    currency = str(total.currency)
    is_whole = MINOR_UNITS[currency] == 0
    amount = int(total.amount) if is_whole else float(total.amount)
    return {"total": amount, "total_currency": currency}


def _product_event(product: Any, change: ProductChange) -> Event:
    event_type = EventType.PRODUCT_CHANGED
    key = f"{event_type}:{product.pk}:{change}:{write_moment(product.moment)}"
    data = {"id": str(product.pk), "change": change, "courses": product.codes}
    return Event(event_type, key, product.moment, data)
