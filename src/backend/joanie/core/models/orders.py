"""What a learner bought, as it was when it was bought."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.common.money import MoneyField
from joanie.common.state_machine import state_field
from joanie.core.enums import (
    ACTIVE_ORDER_STATES,
    GRANTING_ORDER_STATES,
    ORDER_MACHINE,
    OrderState,
)
from joanie.core.models.base import BaseModel
from joanie.core.models.catalogue import Course, Organization
from joanie.core.models.owners import keep_with_owner
from joanie.core.models.products import Product, TargetCourseRelation


class OrderQuerySet(models.QuerySet["Order"]):
    def active(self) -> Self:
        """Bought, or still to be paid."""
        return self.filter(state__in=ACTIVE_ORDER_STATES)

    def in_place_of(self, order: "Order") -> Self:
        """Other active orders of the same owner for the same course and product: one at most."""
        same = {"owner": order.owner_id, "course": order.course_id, "product": order.product_id}
        return self.active().filter(**same).exclude(pk=order.pk)

    def granting_access(self) -> Self:
        return self.filter(state__in=GRANTING_ORDER_STATES)


def _nothing_to_give_back(order: "Order") -> bool:
    return order.state != OrderState.VALIDATED or order.is_free


class Order(BaseModel):
    """One purchase by one learner. Its price, seller and contents are frozen when it is placed.

    Whether it is paid is the ledger's knowledge (``joanie.payment``): the ledger moves ``state``.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=keep_with_owner, related_name="joanie_orders"
    )
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="orders")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="orders")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="orders")
    total = MoneyField()
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2)
    language = models.CharField(max_length=10)
    state = state_field(OrderState, OrderState.PENDING)
    target_courses: "models.ManyToManyField[Course, Any]" = models.ManyToManyField(
        Course, through="OrderTargetCourseRelation", related_name="target_orders", blank=True
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("-created_on", "id")
        permissions = [
            ("cancel_order", _("Can cancel an order")),
            ("refund_order", _("Can give the money of an order back")),
        ]
        indexes = [
            models.Index(fields=("owner", "-created_on", "id"), name="order_of_owner"),
            models.Index(
                fields=("created_on",),
                condition=models.Q(state__in=(OrderState.PENDING, OrderState.FAILED)),
                name="order_that_may_expire",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("owner", "course", "product"),
                condition=models.Q(state__in=ACTIVE_ORDER_STATES),
                name="one_active_order",
            ),
            models.CheckConstraint(
                condition=models.Q(total__gte=0), name="order_total_is_not_negative"
            ),
        ]
        triggers = [
            ORDER_MACHINE.trigger(),
            pgtrigger.Protect(
                name="paid_is_not_canceled",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    old__state=OrderState.VALIDATED,
                    new__state=OrderState.CANCELED,
                    old__total__gt=0,
                ),
            ),
            pgtrigger.ReadOnly(
                name="frozen",
                fields=[
                    "owner",
                    "course",
                    "product",
                    "organization",
                    "total",
                    "total_currency",
                    "vat_rate",
                    "created_on",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.pk} ({self.state})"

    @property
    def is_free(self) -> bool:
        return bool(self.total.amount == 0)

    @property
    def grants_access(self) -> bool:
        """Whether its owner has what was bought, as far as money goes."""
        return self.state in GRANTING_ORDER_STATES

    @ORDER_MACHINE.move("validate")
    def validate(self) -> None:
        """The ledger found it paid in full, or there is nothing to pay."""

    @ORDER_MACHINE.move("fail")
    def fail(self) -> None:
        """Its latest attempt failed; the learner may try again."""

    @ORDER_MACHINE.move("retry")
    def retry(self) -> None:
        """A new attempt starts."""

    @ORDER_MACHINE.move("cancel", conditions=[_nothing_to_give_back])
    def cancel(self) -> None:
        """The learner aborts, or it expires unpaid. A validated order only when it was free."""

    @ORDER_MACHINE.move("start_refund")
    def start_refund(self) -> None:
        """Staff asks for all the money back."""

    @ORDER_MACHINE.move("abandon_refund")
    def abandon_refund(self) -> None:
        """The provider refused the refund."""

    @ORDER_MACHINE.move("refund")
    def refund(self) -> None:
        """Everything has been given back."""

    @ORDER_MACHINE.move("reinstate")
    def reinstate(self) -> None:
        """A refund that had succeeded failed later."""


class OrderTargetCourseRelation(TargetCourseRelation):
    """A course as it was part of the product when the order was placed."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="target_course_relations"
    )

    class Meta(TargetCourseRelation.Meta):
        constraints = [
            models.UniqueConstraint(fields=("order", "course"), name="order_targets_a_course_once")
        ]

    def __str__(self) -> str:
        return f"{self.order_id} / {self.course_id}"
