"""What the API shows of orders, read in a number of statements that does not grow with them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, JSONObject

from joanie.api.reads.cards import taught_course_cards
from joanie.api.reads.chosen_runs import chosen_runs
from joanie.api.serializers.courses import write_target_course
from joanie.api.serializers.enrollments import write_enrollment
from joanie.api.serializers.orders import write_order
from joanie.core.catalogue_version import catalogue_version
from joanie.core.models import Enrollment, Order, OrderTargetCourseRelation
from joanie.payment.models import Payment, ProformaInvoice

ORDER_COLUMNS = (
    "id",
    "course__code",
    "product_id",
    "organization_id",
    "total",
    "total_currency",
    "state",
    "created_on",
)
PAYMENT_COLUMNS = ("state", "backend", "failure_code", "url")
ENROLLMENT_COLUMNS = ("id", "is_active", "state", "created_on", "course_run_id")


def orders_of(owner: AbstractBaseUser) -> QuerySet[Order, Any]:
    """Give the owner's orders as mappings: one statement.

    Each has its ``latest_payment`` (a mapping, or None), its ``issued_documents`` (mappings, the
    main one first; ``total`` is a text, so that it is exact), its ``relations`` to what it
    contains (mappings, in their order; ``run_ids`` are the only runs that count, none means all of
    the course's), and the ``catalogue_version``.
    """
    return _orders().filter(owner=owner.pk)


@cache
def _orders() -> QuerySet[Order, Any]:
    """Build the query once: that takes longer than PostgreSQL takes to answer it."""
    latest_payment = (
        Payment.objects.filter(order=OuterRef("pk"), is_unmatched=False)
        .order_by("-created_on", "-id")
        .values(row=JSONObject(**{name: F(name) for name in PAYMENT_COLUMNS}))
    )
    documents = (
        ProformaInvoice.objects.filter(order=OuterRef("pk"))
        .order_by(F("parent").asc(nulls_first=True), "created_on")
        .values(
            row=JSONObject(
                reference="reference",
                total=Cast("total", CharField()),
                total_currency="total_currency",
                issued_on="issued_on",
            )
        )
    )
    relations = (
        OrderTargetCourseRelation.objects.filter(order=OuterRef("pk"))
        .order_by("position", "created_on")
        .values(
            row=JSONObject(
                course_id="course_id",
                position="position",
                is_graded="is_graded",
                run_ids=chosen_runs(OrderTargetCourseRelation),
            )
        )
    )
    orders: QuerySet[Order, Any] = Order.objects.values(
        *ORDER_COLUMNS,
        relations=ArraySubquery(relations),
        catalogue_version=catalogue_version(),
        latest_payment=Subquery(latest_payment[:1]),
        issued_documents=ArraySubquery(documents),
    )
    return orders


def complete_orders(
    orders: Collection[Any], owner: AbstractBaseUser, now: datetime
) -> list[dict[str, Any]]:
    """Give the orders, rows of ``orders_of``, as they are answered.

    One statement, for the owner's enrolments; none without orders. More when a course is shown for
    the first time since the catalogue changed.
    """
    contents = _read_contents(orders, owner, now)
    return [
        {
            **write_order(order, owner, contents.enrollments_in(order)),
            "target_courses": contents.target_courses_of(order),
        }
        for order in orders
    ]


def summarize_orders(
    orders: Collection[Any], owner: AbstractBaseUser, now: datetime
) -> list[dict[str, Any]]:
    """Give them as they are answered beside a product. As many statements."""
    contents = _read_contents(orders, owner, now)
    return [write_order(order, owner, contents.enrollments_in(order)) for order in orders]


class _Contents:
    """What orders of one owner contain, as it is shown."""

    def __init__(
        self, enrollments: Iterable[Mapping[str, Any]], courses: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._courses = courses
        runs = {run["id"]: run for course in courses.values() for run in course["course_runs"]}
        # With the place that each has among all of them.
        self._enrollments = {
            run_id: (place, write_enrollment(row, runs[run_id]))
            for place, row in enumerate(enrollments)
            if (run_id := str(row["course_run_id"])) in runs
        }

    def target_courses_of(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            write_target_course(
                self._courses[relation["course_id"]],
                position=relation["position"],
                is_graded=relation["is_graded"],
                run_ids=relation["run_ids"],
            )
            for relation in order["relations"]
        ]

    def enrollments_in(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        contained = {run_id for each in order["relations"] for run_id in self._runs_of(each)}
        entered = (self._enrollments[run_id] for run_id in contained & self._enrollments.keys())
        return [enrollment for _place, enrollment in sorted(entered, key=itemgetter(0))]

    def _runs_of(self, relation: Mapping[str, Any]) -> Iterable[str]:
        if relation["run_ids"]:
            run_ids: list[str] = relation["run_ids"]
            return run_ids
        return (run["id"] for run in self._courses[relation["course_id"]]["course_runs"])


def _read_contents(orders: Collection[Any], owner: AbstractBaseUser, now: datetime) -> _Contents:
    if not orders:
        return _Contents([], {})
    relations = [relation for order in orders for relation in order["relations"]]
    enrollments = _enrollments().filter(owner=owner.pk)
    course_ids = {relation["course_id"] for relation in relations}
    # Runs that an order names one by one may be of any course by now.
    named = {run_id for relation in relations for run_id in relation["run_ids"]}
    course_ids |= {
        str(row["course_id"]) for row in enrollments if str(row["course_run_id"]) in named
    }
    version = next(iter(orders))["catalogue_version"]
    cards = taught_course_cards.find(course_ids, version=version, now=now)
    return _Contents(enrollments, {key: card.shown for key, card in cards.items()})


@cache
def _enrollments() -> QuerySet[Enrollment, Any]:
    rows: QuerySet[Enrollment, Any] = Enrollment.objects.values(
        *ENROLLMENT_COLUMNS, course_id=F("course_run__course_id")
    )
    return rows
