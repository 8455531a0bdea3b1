"""Placing an order: what it freezes, and who sells it."""

import uuid
from http import HTTPStatus
from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q

from joanie.common.exceptions import Refused
from joanie.core.enums import ACTIVE_ORDER_STATES
from joanie.core.models import (
    Course,
    Order,
    OrderTargetCourseRelation,
    Organization,
    Product,
)
from joanie.core.services.seats import hold_seat


class NotSoldHere(Refused):
    """``field`` names the part of the request that does not fit."""

    code = "not_sold_here"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def choose_organization(product: Product, organization_id: uuid.UUID | None) -> Organization:
    """Return the seller: the one asked for, else the one with the fewest active orders.

    Raises NotSoldHere when the product is not sold by it, or by nobody.
    """
    sellers = product.organizations.all()
    if organization_id is not None:
        seller = sellers.filter(pk=organization_id).first()
        if seller is None:
            raise NotSoldHere("organization", "This organization does not sell this product.")
        return seller
    some = list(sellers.order_by("code")[:2])
    if not some:
        raise NotSoldHere("product", "No organization sells this product yet.")
    return some[0] if len(some) == 1 else _least_loaded(product)


def _least_loaded(product: Product) -> Organization:
    load = Count(
        "orders", filter=Q(orders__product=product, orders__state__in=ACTIVE_ORDER_STATES)
    )
    sellers = product.organizations.annotate(load=load).order_by("load", "code")
    return cast("Organization", sellers[0])


def create_order(
    *,
    owner: AbstractBaseUser,
    course: Course,
    product: Product,
    organization: Organization,
    language: str,
    has_seat: bool = False,
) -> Order:
    """Write a pending order with its price, VAT rate, seller and contents as they are today.

    Runs in the caller's transaction. ``has_seat``: it takes the place of an order that is canceled
    in the same one, and the seat with it. Else raises ProductSoldOut when there is none left.
    Raises IntegrityError when the owner has an active order for the same course and product: the
    database decides between two at once.
    """
    if product.max_orders is not None and not has_seat:
        hold_seat(product_id=product.pk, owner_id=owner.pk, course_id=course.pk)
    order = Order.objects.create(
        owner_id=owner.pk,
        course=course,
        product=product,
        organization=organization,
        total=product.price,
        vat_rate=product.applicable_vat_rate,
        language=language,
    )
    _freeze_target_courses(order, product)
    return order


def _freeze_target_courses(order: Order, product: Product) -> None:
    relations = list(
        product.target_course_relations.annotate(
            run_ids=ArrayAgg("course_runs", filter=Q(course_runs__isnull=False), default=[])
        )
    )
    frozen = OrderTargetCourseRelation.objects.bulk_create(
        OrderTargetCourseRelation(
            order=order,
            course_id=relation.course_id,
            position=relation.position,
            is_graded=relation.is_graded,
        )
        for relation in relations
    )
    through = OrderTargetCourseRelation.course_runs.through
    through.objects.bulk_create(
        through(ordertargetcourserelation_id=copy.pk, courserun_id=run_id)
        for copy, relation in zip(frozen, relations, strict=True)
        for run_id in relation.run_ids
    )
