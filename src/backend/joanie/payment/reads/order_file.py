"""All that is known about one order."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

from django.db.models import Prefetch

from joanie.common.money import Money
from joanie.core.models import CourseRun, Enrollment, Order, OrderTargetCourseRelation
from joanie.payment.ledger.balance import Balance
from joanie.payment.ledger.settlement import unusable_money
from joanie.payment.models import Difference, Mail, Payment, ProformaInvoice, Refund, Transaction


@dataclass(frozen=True)
class OrderFile:
    """An order with everything that hangs on it; each part in the order it came about.

    Reading it takes one statement for each part, however many rows there are.
    """

    order: Order
    contents: list[OrderTargetCourseRelation]
    payments: list[Payment]
    refunds: list[Refund]
    differences: list[Difference]
    transactions: list[Transaction]
    documents: list[ProformaInvoice]
    mails: list[Mail]
    enrollments: list[Enrollment]
    balance: Balance

    @classmethod
    def of(cls, order: Order) -> Self:
        by_age = ("created_on", "id")
        contents = list(
            order.target_course_relations.select_related("course").prefetch_related(
                Prefetch("course_runs", CourseRun.objects.order_by("start", "id"))
            )
        )
        return cls(
            order=order,
            contents=contents,
            payments=list(order.payments.select_related("credit_card").order_by(*by_age)),
            refunds=list(
                Refund.objects.filter(payment__order=order)
                .select_related("payment", "requested_by")
                .order_by(*by_age)
            ),
            differences=list(
                Difference.objects.filter(payment__order=order)
                .select_related("payment")
                .order_by(*by_age)
            ),
            transactions=list(
                Transaction.objects.filter(payment__order=order)
                .select_related("proforma_invoice", "refund")
                .order_by(*by_age)
            ),
            documents=list(order.proforma_invoices.select_related("parent").order_by(*by_age)),
            mails=list(order.mails.order_by(*by_age)),
            enrollments=list(
                Enrollment.objects.filter(
                    owner=order.owner_id,
                    course_run__course__in=[relation.course_id for relation in contents],
                )
                .select_related("course_run__course")
                .order_by(*by_age)
            ),
            balance=Balance.of(order),
        )

    @cached_property
    def invoiced(self) -> Money:
        """What the documents ask for, credit notes deducted."""
        return self._money(self.balance.due)

    @cached_property
    def received(self) -> Money:
        """What came and did not go back, in the order's currency."""
        return self._money(self.balance.moved)

    @cached_property
    def unusable(self) -> Money:
        """What the order has no use for: it is to go back."""
        return self._money(unusable_money(self.order, self.balance))

    @cached_property
    def in_other_currencies(self) -> list[Transaction]:
        """Lines kept apart from the balance."""
        return [line for line in self.transactions if line.is_suspense]

    def _money(self, amount: object) -> Money:
        return Money(amount, self.order.total.currency)
