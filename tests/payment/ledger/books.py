"""Short ways to book what providers say, and to read what was booked."""

from typing import Any

from procrastinate.contrib.django.models import ProcrastinateJob

from joanie.core.models import Order
from joanie.payment.ledger.booking import book_failure, book_payment, book_update
from joanie.payment.ledger.disputes import book_chargeback, book_chargeback_won
from joanie.payment.ledger.refunds import book_refund, book_refund_failure
from joanie.payment.models import Payment, ProformaInvoice, Refund, Transaction


def pay(order: Order, amount: object = None, reference: str = "pay_1", **details: Any) -> Payment:
    return book_payment(
        order_id=order.pk,
        reference=reference,
        amount=order.total.amount if amount is None else amount,
        **{"backend": "dummy", **details},
    )


def fail(
    order: Order, reference: str | None = "pay_1", code: str = "declined", **details: Any
) -> Payment | None:
    return book_failure(
        order_id=order.pk, reference=reference, code=code, **{"backend": "dummy", **details}
    )


def update(order: Order, state: str, reference: str = "pay_1", **details: Any) -> Payment | None:
    return book_update(
        order_id=order.pk, reference=reference, state=state, **{"backend": "dummy", **details}
    )


def give_back(
    order: Order, amount: object = None, reference: str = "re_1", **details: Any
) -> Refund:
    return book_refund(
        order_id=order.pk,
        reference=reference,
        amount=order.total.amount if amount is None else amount,
        **{"backend": "dummy", **details},
    )


def take_back(order: Order, reference: str = "re_1", **details: Any) -> Refund | None:
    """Book that a refund failed."""
    return book_refund_failure(
        order_id=order.pk, reference=reference, **{"backend": "dummy", **details}
    )


def charge_back(
    order: Order, amount: object = None, reference: str = "dp_1", **details: Any
) -> Refund:
    return book_chargeback(
        order_id=order.pk,
        reference=reference,
        amount=order.total.amount if amount is None else amount,
        **{"backend": "dummy", **details},
    )


def win_back(order: Order, reference: str = "dp_1", **details: Any) -> Refund:
    """Book that a dispute was won."""
    return book_chargeback_won(
        order_id=order.pk, reference=reference, **{"backend": "dummy", **details}
    )


def state_of(row: Any) -> str:
    """Read the state in the database: states are protected, so instances are not refreshed."""
    state: str = type(row)._default_manager.values_list("state", flat=True).get(pk=row.pk)
    return state


def invoice_of(order: Order) -> ProformaInvoice:
    return ProformaInvoice.objects.main().get(order=order)


def notes_of(order: Order) -> list[ProformaInvoice]:
    """Give the corrections of its invoice, in order."""
    corrections = ProformaInvoice.objects.filter(order=order, parent__isnull=False)
    return [*corrections.order_by("created_on")]


def lines_of(order: Order) -> list[tuple[str, Any]]:
    """Give the kind and the amount of everything that was booked, in order."""
    lines = Transaction.objects.filter(payment__order=order).order_by("created_on")
    return [(line.kind, line.total.amount) for line in lines]


def queued(task_name: str) -> list[dict[str, Any]]:
    """Give the arguments of the jobs that wait."""
    jobs = ProcrastinateJob.objects.filter(task_name=task_name, status="todo")
    return [job.args for job in jobs.order_by("id")]


def access_changes(order: Order) -> list[str]:
    """Give the states that won or lost access, by the jobs that wait."""
    jobs = queued("joanie.core.update_access")
    return [job["state"] for job in jobs if job["order_id"] == str(order.pk)]
