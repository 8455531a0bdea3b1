"""Writing down what differs at a provider, for staff to read and to settle."""

import logging
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from joanie.payment.enums import DifferenceKind, DifferenceState
from joanie.payment.models import Difference
from joanie.payment.services.reconciliation.comparison import Finding
from joanie.payment.services.reconciliation.report import Line

logger = logging.getLogger(__name__)

Rows = Mapping[tuple[str, str, str], Difference]


def record(healed: Sequence[Finding], left: Sequence[Finding]) -> list[Line]:
    """Write findings down, what is ``left`` being for a person; say what became of each.

    In the caller's transaction, if there is one; four statements at most, however many they are.
    Safe to repeat: found again, a difference keeps its row. One that staff settled stays so as
    long as the same differs.
    """
    findings = [*healed, *left]
    if not findings:
        return []
    with transaction.atomic():
        known = _lock(findings)
        lines = [_settle(each, known, DifferenceState.HEALED) for each in healed]
        lines += [_settle(each, known, DifferenceState.OPEN) for each in left]
        rows = [_describe(line, known) for line in lines if line.state != DifferenceState.SETTLED]
        Difference.objects.bulk_create(
            # In one order whatever was found in which: two runs wait for each other's rows.
            sorted((row for row in rows if key_of(row) not in known), key=key_of),
            # Another run found it at this very moment, and wrote the same.
            ignore_conflicts=True,
        )
        Difference.objects.bulk_update(
            [row for row in rows if key_of(row) in known],
            ["state", "ours", "theirs", "payment", "settled_at", "updated_on"],
        )
    return lines


def heal_vanished(rows: Iterable[Difference]) -> list[Line]:
    """Write that open differences are gone: somebody else booked what was missing."""
    pks = [row.pk for row in rows]
    if not pks:
        return []
    now = timezone.now()
    with transaction.atomic():
        gone = list(
            Difference.objects.select_for_update(of=("self",))
            .select_related("payment")
            .filter(pk__in=pks, state=DifferenceState.OPEN)
            .order_by("pk")
        )
        Difference.objects.filter(pk__in=[row.pk for row in gone]).update(
            state=DifferenceState.HEALED, settled_at=now, updated_on=now
        )
    return [Line(finding_of(row), DifferenceState.HEALED) for row in gone]


def settle_difference(difference: Difference) -> bool:
    """Write that staff dealt with a difference. Nothing is booked by it.

    Safe to repeat: only the call that settles it returns True. Found again, it stays settled while
    the same differs.
    """
    now = timezone.now()
    is_settled = Difference.objects.filter(pk=difference.pk, state=DifferenceState.OPEN).update(
        state=DifferenceState.SETTLED, settled_at=now, updated_on=now
    )
    if is_settled:
        logger.info("%s was settled", difference)
    return bool(is_settled)


def key_of(row: Difference) -> tuple[str, str, str]:
    return (row.backend, row.kind, row.subject)


def finding_of(row: Difference) -> Finding:
    """Read back what was found."""
    return Finding(
        backend=row.backend,
        kind=DifferenceKind(row.kind),
        subject=row.subject,
        ours=row.ours,
        theirs=row.theirs,
        payment_id=row.payment_id,
        order_id=row.payment.order_id if row.payment else None,
    )


def _lock(findings: Sequence[Finding]) -> Rows:
    """Read the rows there are, in one order whatever was found in which."""
    rows = (
        Difference.objects.select_for_update()
        .filter(
            backend__in={each.backend for each in findings},
            subject__in={each.subject for each in findings},
        )
        .order_by("pk")
    )
    return {key_of(row): row for row in rows}


def _settle(finding: Finding, known: Rows, state: DifferenceState) -> Line:
    """Say what becomes of a finding: one that staff settled, and that is as it was, stays so."""
    row = known.get(finding.key)
    is_same = row is not None and (row.ours, row.theirs) == (finding.ours, finding.theirs)
    if row is not None and is_same and state == DifferenceState.OPEN:
        if row.state == DifferenceState.SETTLED:
            return Line(finding, DifferenceState.SETTLED, is_news=False)
        return Line(finding, state, is_news=row.state != state)
    return Line(finding, state)


def _describe(line: Line, known: Rows) -> Difference:
    finding, now = line.finding, timezone.now()
    row = known.get(finding.key) or Difference(
        backend=finding.backend, kind=finding.kind, subject=finding.subject
    )
    row.ours, row.theirs = finding.ours, finding.theirs
    row.payment_id = finding.payment_id or row.payment_id
    row.state, row.updated_on = line.state, now
    row.settled_at = None if line.state == DifferenceState.OPEN else now
    return row
