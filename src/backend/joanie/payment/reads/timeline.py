"""Everything that happened to an order, in the order it happened."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from joanie.common.money import Money
from joanie.core.enums import EnrollmentState
from joanie.payment.enums import DifferenceState, PaymentState, RefundState
from joanie.payment.models import Difference, Mail, Payment, ProformaInvoice, Refund
from joanie.payment.reads.order_file import OrderFile


class EventKind(TextChoices):
    """Of two events of the same moment, the kind that is first here came first."""

    ORDER = "order", pgettext_lazy("a purchase", "Order")
    STAFF = "staff", gettext_lazy("Staff")
    PAYMENT = "payment", gettext_lazy("Payment")
    REFUND = "refund", gettext_lazy("Refund")
    DIFFERENCE = "difference", gettext_lazy("Reconciliation")
    DOCUMENT = "document", gettext_lazy("Document")
    TRANSACTION = "transaction", gettext_lazy("Ledger")
    ENROLLMENT = "enrollment", gettext_lazy("Enrollment")
    MAIL = "mail", gettext_lazy("Mail")


_RANKS = {kind: rank for rank, kind in enumerate(EventKind)}


@dataclass(frozen=True)
class Event:
    """``text`` and ``detail`` are in the reader's language; ``row`` is what it happened to.

    ``detail`` holds what people or other systems wrote: escape it.
    """

    at: datetime
    kind: EventKind
    text: str
    row: Model
    detail: str = ""
    actor: str = ""
    money: Money | None = None
    is_problem: bool = False


def timeline_of(file: OrderFile) -> list[Event]:
    """Give what happened, the oldest first. One statement, where the host has Django's admin."""
    events = [
        *_order_events(file),
        *_payment_events(file.payments),
        *_refund_events(file.refunds),
        *_difference_events(file.differences),
        *_ledger_events(file),
        *_document_events(file.documents),
        *_mail_events(file.mails),
        *_enrollment_events(file),
        *_staff_events(file),
    ]
    return sorted(events, key=lambda event: (event.at, _RANKS[event.kind]))


def _order_events(file: OrderFile) -> Iterator[Event]:
    order = file.order
    yield Event(
        order.created_on,
        EventKind.ORDER,
        _("Placed"),
        order,
        actor=order.owner.get_username(),
        money=order.total,
    )


def _payment_events(payments: Iterable[Payment]) -> Iterator[Event]:
    for payment in payments:
        how = f"{payment.backend}: {payment.get_method_display()}"
        text = _("The provider told of a payment") if payment.is_unmatched else _("Attempt to pay")
        yield Event(
            payment.created_on, EventKind.PAYMENT, text, payment, how, money=payment.amount
        )
        if not payment.is_open:
            yield _outcome(payment)


def _outcome(payment: Payment) -> Event:
    """One that we aborted says when it changed last, which is then."""
    remarks = [payment.get_failure_code_display(), payment.get_flag_display()]
    return Event(
        payment.settled_at or payment.updated_on,
        EventKind.PAYMENT,
        _("The attempt ended: %(state)s") % {"state": payment.get_state_display().lower()},
        payment,
        " ".join(str(remark) for remark in (*remarks, _code(payment)) if remark),
        is_problem=payment.state == PaymentState.FAILED or bool(payment.flag),
    )


def _code(payment: Payment) -> str:
    return f"({payment.failure_code})" if payment.failure_code else ""


def _refund_events(refunds: Iterable[Refund]) -> Iterator[Event]:
    for refund in refunds:
        if refund.is_chargeback:
            yield from _dispute_events(refund)
            continue
        actor = refund.requested_by.get_username() if refund.requested_by else ""
        reasons = [str(refund.get_origin_display()), refund.reason]
        yield Event(
            refund.created_on,
            EventKind.REFUND,
            _("Refund asked for"),
            refund,
            ". ".join(reason for reason in reasons if reason),
            actor,
            refund.amount,
        )
        if refund.state == RefundState.FAILED:
            yield Event(
                refund.updated_on,
                EventKind.REFUND,
                _("The refund failed"),
                refund,
                refund.failure,
                money=refund.amount,
                is_problem=True,
            )


def _dispute_events(dispute: Refund) -> Iterator[Event]:
    """Tell its end as of when it changed last, which is then."""
    yield Event(
        dispute.created_on,
        EventKind.REFUND,
        _("Disputed: the bank took money back"),
        dispute,
        dispute.provider_reference,
        money=dispute.amount,
        is_problem=dispute.is_undecided,
    )
    if not dispute.is_undecided:
        is_won = dispute.state == RefundState.FAILED
        yield Event(
            dispute.updated_on,
            EventKind.REFUND,
            _("The dispute was won") if is_won else _("The dispute was lost"),
            dispute,
            dispute.provider_reference,
            money=dispute.amount,
        )


def _difference_events(differences: Iterable[Difference]) -> Iterator[Event]:
    """What staff settled is told by what they wrote."""
    for difference in differences:
        kind = difference.get_kind_display()
        sides = _("%(subject)s: here %(ours)s, there %(theirs)s") % {
            "subject": difference.subject,
            "ours": difference.ours or "-",
            "theirs": difference.theirs or "-",
        }
        yield Event(
            difference.created_on,
            EventKind.DIFFERENCE,
            _("Differed from the provider: %(kind)s") % {"kind": kind.lower()},
            difference,
            f"{difference.backend} {sides}",
            is_problem=difference.state == DifferenceState.OPEN,
        )
        if difference.state == DifferenceState.HEALED and difference.settled_at:
            text = _("The same as at the provider again: %(kind)s") % {"kind": kind.lower()}
            yield Event(difference.settled_at, EventKind.DIFFERENCE, text, difference)


def _ledger_events(file: OrderFile) -> Iterator[Event]:
    for line in file.transactions:
        yield Event(
            line.created_on,
            EventKind.TRANSACTION,
            _("Booked: %(kind)s") % {"kind": line.get_kind_display().lower()},
            line,
            f"{line.proforma_invoice.reference}, {line.backend} {line.reference}",
            money=line.total,
            is_problem=line.is_suspense,
        )


def _document_events(documents: Iterable[ProformaInvoice]) -> Iterator[Event]:
    for document in documents:
        if document.parent_id is None:
            text = _("Pro forma invoice issued")
        elif document.is_credit_note:
            text = _("Credit note issued")
        else:
            text = _("Credit note taken back")
        yield Event(
            document.created_on,
            EventKind.DOCUMENT,
            text,
            document,
            document.reference,
            money=document.total,
        )


def _mail_events(mails: Iterable[Mail]) -> Iterator[Event]:
    for mail in mails:
        kind = {"kind": mail.get_kind_display()}
        if mail.sent_at is not None:
            text = _("Mail sent: %(kind)s") % kind
            yield Event(mail.sent_at, EventKind.MAIL, text, mail, mail.sent_to)
        elif mail.dropped_because:
            text, why = _("Mail not sent: %(kind)s") % kind, mail.dropped_because
            yield Event(mail.updated_on, EventKind.MAIL, text, mail, why, is_problem=True)
        else:
            text = _("Mail waiting: %(kind)s") % kind
            yield Event(mail.updated_on, EventKind.MAIL, text, mail)


def _enrollment_events(file: OrderFile) -> Iterator[Event]:
    """What was done since the order was placed; earlier, the learner came by another way."""
    for enrollment in file.enrollments:
        run = enrollment.course_run
        is_failed = enrollment.state == EnrollmentState.FAILED
        if enrollment.updated_on >= file.order.created_on:
            yield Event(
                enrollment.updated_on,
                EventKind.ENROLLMENT,
                _("Enrolled") if enrollment.is_active else _("Not enrolled any more"),
                enrollment,
                f"{run.course.code}: {run.title_i18n}. {enrollment.failure}".strip(". "),
                is_problem=is_failed,
            )


def _staff_events(file: OrderFile) -> Iterator[Event]:
    """Read the history that Django's admin keeps of the order and of what hangs on it."""
    if not apps.is_installed("django.contrib.admin"):
        return
    from django.contrib.admin.models import LogEntry  # noqa: PLC0415 - the host may not have it
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415 - nor this

    rows: dict[tuple[type[Model], str], Any] = {
        (type(row), str(row.pk)): row
        for row in (
            file.order,
            *file.payments,
            *file.differences,
            *file.documents,
            *file.mails,
            *file.enrollments,
        )
    }
    types = {
        model: ContentType.objects.get_for_model(model) for model in {model for model, _pk in rows}
    }
    wanted = Q()
    for model, content_type in types.items():
        pks = [pk for each, pk in rows if each is model]
        wanted |= Q(content_type=content_type, object_id__in=pks)
    models: dict[Any, type[Model]] = {each.pk: model for model, each in types.items()}
    for entry in LogEntry.objects.filter(wanted).select_related("user"):
        yield Event(
            entry.action_time,
            EventKind.STAFF,
            entry.get_change_message(),
            rows[models[entry.content_type_id], str(entry.object_id)],
            actor=entry.user.get_username(),
        )
