"""Booking what a provider has and we have not, as far as it can be booked."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from joanie.common.exceptions import Busy
from joanie.conf import joanie_settings
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.types import ProviderPayment
from joanie.payment.enums import DifferenceKind
from joanie.payment.ledger.locks import order_locked
from joanie.payment.models import Payment
from joanie.payment.services.pull import book_answer
from joanie.payment.services.reconciliation.comparison import (
    Finding,
    compare,
    never_created,
    open_differences_of,
    snapshot,
    with_what_is_booked,
)
from joanie.payment.services.reconciliation.recording import heal_vanished, key_of, record
from joanie.payment.services.reconciliation.report import Change, Line

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What differed, and how the payment moved, if it did."""

    lines: tuple[Line, ...] = ()
    change: Change | None = None


def heal(
    *,
    payment: Payment,
    theirs: ProviderPayment | None,
    backend: BasePaymentBackend,
    can_tell: bool = True,
    now: datetime,
    is_dry_run: bool = False,
) -> Outcome:
    """Book what the provider answered about a payment, and write down what differed.

    Booking and its trace are one transaction, which a dry run rolls back: it foretells what would
    happen by doing it. ``payment`` was read before the provider was asked: when anything was
    booked since, the answer is too old to compare with, and nothing is done. ``can_tell`` is false
    when the provider could not be asked. Safe to repeat. Raises Busy.
    """
    with order_locked(payment.order_id, may_need_seat=True):
        # Before the owner and the card, which the booking may need.
        Payment.objects.select_for_update(no_key=True).only("pk").get(pk=payment.pk)
        current = _read(payment)
        if snapshot(current) != snapshot(payment):
            return Outcome()
        before = compare(current, theirs) if can_tell else []
        if before or theirs is None:
            _book(current, theirs, backend)
        after = _read(_booked_as(current, theirs))
        has_moved = (after.pk, after.state) != (current.pk, current.state)
        if theirs is None and has_moved:
            before = [never_created(current)]
        lines: list[Line] = []
        if not (theirs and is_on_its_way(theirs, now)):
            left = compare(after, theirs) if can_tell else []
            lines = _write_down(before, left, after)
            if can_tell and (theirs is None or theirs.reference == after.provider_reference):
                lines += _write_vanished(left, after)
        if is_dry_run:
            transaction.set_rollback(True)
    flag = after.flag if after.flag != current.flag else ""
    change = Change(after.pk, after.provider_reference, after.state) if has_moved else None
    return Outcome(tuple(replace(line, flag=flag) for line in lines), change)


def is_on_its_way(theirs: ProviderPayment, now: datetime) -> bool:
    """Say whether it changed so lately that its notification may still come."""
    moment = now - timedelta(seconds=joanie_settings.RECONCILE_AFTER)
    return theirs.changed_at is not None and theirs.changed_at > moment


def _read(payment: Payment) -> Payment:
    return with_what_is_booked(Payment.objects.filter(pk=payment.pk)).get()


def _booked_as(payment: Payment, theirs: ProviderPayment | None) -> Payment:
    """Give the row with the provider's reference: booking may have made one beside the attempt."""
    if theirs is None or payment.provider_reference == theirs.reference:
        return payment
    named = {"backend": payment.backend, "provider_reference": theirs.reference}
    return Payment.objects.filter(**named).first() or payment


def _book(payment: Payment, theirs: ProviderPayment | None, backend: BasePaymentBackend) -> None:
    """What cannot be booked stays different, for a person to look at."""
    try:
        with transaction.atomic():
            book_answer(payment, theirs, backend)
    except Busy:
        raise
    except Exception:
        logger.exception("What the provider says of payment %s cannot be booked", payment.pk)


def _write_down(before: list[Finding], left: list[Finding], payment: Payment) -> list[Line]:
    """What differed and does not any more is healed."""
    left_keys = {each.key for each in left}
    healed = [_named(each, payment) for each in before if each.key not in left_keys]
    return record(healed, [_named(each, payment) for each in left])


def _write_vanished(left: list[Finding], payment: Payment) -> list[Line]:
    """What was open, and neither differs now nor was healed just before, is gone by itself."""
    left_keys = {each.key for each in left}
    rows = [row for row in open_differences_of(payment) if key_of(row) not in left_keys]
    return heal_vanished(rows)


def _named(finding: Finding, payment: Payment) -> Finding:
    """Say which payment it became, where money arrived that was unknown here."""
    if (
        finding.kind != DifferenceKind.UNKNOWN_HERE
        or finding.subject != payment.provider_reference
    ):
        return finding
    return replace(finding, payment_id=payment.pk)
