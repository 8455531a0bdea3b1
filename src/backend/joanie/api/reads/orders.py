"""What the API shows of orders, read in a number of statements that does not grow with them."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Cast, JSONObject

from joanie.api.reads.target_courses import target_courses
from joanie.core.models import Enrollment, Order, OrderTargetCourseRelation
from joanie.payment.models import Payment, ProformaInvoice

# Of the latest attempt to pay: enough for what ``Payment`` says of itself.
PAYMENT_COLUMNS = ("state", "backend", "failure_code", "url")


def orders_of(owner: AbstractBaseUser) -> QuerySet[Order]:
    """Two statements: the orders, and the owner's enrolments as ``owner.known_enrollments``.

    Each order has ``contained_run_ids``, its ``latest_payment`` (a mapping, or None) and its
    ``issued_documents`` (mappings, the main one first; ``total`` is a text, so that it is exact).
    """
    contained_runs = (
        OrderTargetCourseRelation.objects.filter(order=OuterRef("pk"))
        .with_runs()
        .values("run")
        .distinct()
    )
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
    enrollments = Enrollment.objects.select_related("course_run")
    return (
        Order.objects.filter(owner=owner.pk)
        .select_related("owner", "course")
        .annotate(
            contained_run_ids=ArraySubquery(contained_runs),
            latest_payment=Subquery(latest_payment[:1]),
            issued_documents=ArraySubquery(documents),
        )
        .prefetch_related(Prefetch("owner__enrollments", enrollments, to_attr="known_enrollments"))
    )


def orders_with_contents(owner: AbstractBaseUser) -> QuerySet[Order]:
    """Three statements more: the target courses with their runs and organizations."""
    return orders_of(owner).prefetch_related(
        Prefetch("target_course_relations", target_courses(OrderTargetCourseRelation))
    )
