"""One account in one run: which of its payments are asked about, and what is done with answers."""

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from joanie.common.exceptions import JoanieError, ProviderProtocolError, ProviderUnavailable
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.registry import build_backend
from joanie.payment.backends.types import Capability, ProviderPayment
from joanie.payment.models import Payment
from joanie.payment.services.calls import calling_provider
from joanie.payment.services.pull import ask_provider, can_ask
from joanie.payment.services.reconciliation.comparison import (
    Finding,
    compare,
    not_understood,
    open_differences_of,
    unknown_here,
    with_what_is_booked,
)
from joanie.payment.services.reconciliation.healing import heal, is_on_its_way
from joanie.payment.services.reconciliation.recording import heal_vanished, record
from joanie.payment.services.reconciliation.report import Failure, Line, Report
from joanie.payment.services.reconciliation.selection import (
    known_references,
    made_since,
    old_enough,
    overdue,
    still_unknown,
)

logger = logging.getLogger(__name__)

# As many payments are in memory at once.
BATCH = 50
# That many in a row that could not be asked about are the account's trouble, not the payments'.
ENOUGH_IN_A_ROW = 5

Item = TypeVar("Item")
# By the provider's reference.
Unknown = dict[str, Finding]


class GiveUp(Exception):
    """The account is not asked any further in this run."""


class Account:
    def __init__(self, alias: str, now: datetime, report: Report) -> None:
        self.alias = alias
        self.now = now
        self.report = report
        self.failures_in_a_row = 0

    def compare(self) -> None:
        """Ask about what is to be asked about, and write what comes of it. Raises GiveUp."""
        since = self.report.since
        if since is None:
            self._ask_about_each(overdue(self.alias, self.now))
            return
        done: set[uuid.UUID] = set()
        unknown: Unknown = {}
        try:
            if self._backend().can(Capability.LIST):
                for page in _batches(self._list(since)):
                    done |= self._compare_page(page, unknown)
            rest = made_since(self.alias, since, self.now)
            self._ask_about_each([pk for pk in rest if pk not in done])
        finally:
            # What was listed is known, however the questions end.
            self._tell_unknown(unknown)

    def _backend(self) -> BasePaymentBackend:
        return build_backend(self.alias)

    def _list(self, since: datetime) -> Iterator[ProviderPayment]:
        listed: Iterator[ProviderPayment] | None = None
        while True:
            try:
                is_first = listed is None
                with calling_provider(self.alias, "list_payments", is_timed=is_first):
                    if listed is None:
                        listed = iter(self._backend().list_payments(since))
                    theirs = next(listed, None)
            except JoanieError as error:
                raise GiveUp(_explain(error)) from error
            if theirs is None:
                return
            yield theirs

    def _compare_page(self, page: Sequence[ProviderPayment], unknown: Unknown) -> set[uuid.UUID]:
        """Compare payments as they were listed; return those of ours that this is enough for.

        One that seems to differ is asked about: what is here may be newer than the list. One that
        is unknown here is put aside, since the answer to a creation may tell of it.
        """
        names = Q(provider_reference__in=[each.reference for each in page])
        names |= Q(pk__in=[each.attempt_id for each in page if each.attempt_id])
        ours = list(with_what_is_booked(Payment.objects.filter(names, backend=self.alias)))
        by_name: dict[object, Payment] = {each.pk: each for each in ours}
        by_name |= {each.provider_reference: each for each in ours if each.provider_reference}
        same, differing = set(), set()
        for theirs in page:
            payment = by_name.get(theirs.reference) or by_name.get(theirs.attempt_id)
            if payment is None:
                if not is_on_its_way(theirs, self.now):
                    unknown |= {each.subject: each for each in unknown_here(self.alias, theirs)}
            elif payment.created_on >= old_enough(self.now):
                continue
            elif payment.provider_reference not in ("", theirs.reference):
                self._compare(payment, theirs)
            elif compare(payment, theirs) or open_differences_of(payment):
                differing.add(payment.pk)
            else:
                same.add(payment.pk)
        self.report.compared += len(same)
        self._ask_about_each(list(differing))
        return same | differing

    def _ask_about_each(self, pks: Sequence[uuid.UUID]) -> None:
        for batch in _batches(pks):
            rows = Payment.objects.filter(pk__in=batch)
            payments = {each.pk: each for each in with_what_is_booked(rows)}
            asked: list[uuid.UUID] = []
            try:
                for pk in batch:
                    asked.append(pk)
                    self._ask_about(payments[pk])
            finally:
                if not self.report.is_dry_run:
                    Payment.objects.filter(pk__in=asked).update(pulled_at=timezone.now())

    def _ask_about(self, payment: Payment) -> None:
        try:
            with calling_provider(self.alias, "retrieve_payment"):
                theirs = ask_provider(self._backend(), payment)
        except ProviderProtocolError as error:
            finding = not_understood(payment, error)
            self._write(lambda: record([], [finding]))
            self._count_failure(error)
        except ProviderUnavailable as error:
            raise GiveUp(_explain(error)) from error
        except JoanieError as error:
            self._fail(payment, error)
            self._count_failure(error)
        else:
            self.failures_in_a_row = 0
            self._compare(payment, theirs)

    def _compare(self, payment: Payment, theirs: ProviderPayment | None) -> None:
        """Lock and write only where something differs, or differed."""
        can_tell = theirs is not None or can_ask(self._backend(), payment)
        self.report.compared += can_tell
        try:
            may_never_have_been = theirs is None and not payment.provider_reference
            if (may_never_have_been and payment.is_open) or (
                can_tell and (compare(payment, theirs) or open_differences_of(payment))
            ):
                self._heal(payment, theirs, can_tell=can_tell)
        except Exception as error:
            # Whatever is wrong with one payment, the others are not to wait for it.
            logger.exception("Payment %s could not be compared", payment.pk)
            self._fail(payment, error)

    def _heal(self, payment: Payment, theirs: ProviderPayment | None, *, can_tell: bool) -> None:
        outcome = heal(
            payment=payment,
            theirs=theirs,
            backend=self._backend(),
            can_tell=can_tell,
            now=self.now,
            is_dry_run=self.report.is_dry_run,
        )
        self._tell(outcome.lines)
        if outcome.change is not None:
            self.report.changed.append(outcome.change)

    def _tell_unknown(self, unknown: Unknown) -> None:
        """Write down the money that is unknown here still, and what is known by now."""
        # A dry run found them too, and rolled them back.
        booked = {change.reference for change in self.report.changed}
        for batch in _batches(unknown.values()):
            known = booked | known_references(self.alias, [each.subject for each in batch])
            findings = [each for each in batch if each.subject not in known]
            self._write(lambda found=findings: record([], found))  # type: ignore[misc]
        for rows in _batches(still_unknown(self.alias)):
            known = known_references(self.alias, [each.subject for each in rows])
            vanished = [each for each in rows if each.subject in known]
            self._write(lambda gone=vanished: heal_vanished(gone))  # type: ignore[misc]

    def _write(self, write: Callable[[], list[Line]]) -> None:
        with transaction.atomic():
            lines = write()
            if self.report.is_dry_run:
                transaction.set_rollback(True)
        self._tell(lines)

    def _tell(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.report.lines.append(line)
            if line.is_news and not self.report.is_dry_run:
                level = logging.ERROR if line.needs_a_person else logging.WARNING
                logger.log(level, "%s", line)

    def _fail(self, payment: Payment, error: Exception) -> None:
        reason = _explain(error) if isinstance(error, JoanieError) else type(error).__name__
        self.report.failures.append(Failure(payment.pk, self.alias, reason))

    def _count_failure(self, error: JoanieError) -> None:
        self.failures_in_a_row += 1
        if self.failures_in_a_row >= ENOUGH_IN_A_ROW:
            raise GiveUp(_explain(error)) from error


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _explain(error: JoanieError) -> str:
    reason = error.context.get("reason")
    return f"{error} ({reason})" if reason else str(error)
