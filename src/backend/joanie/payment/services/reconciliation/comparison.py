"""What differs between a payment here and the same payment at its provider. Writes nothing."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db.models import Prefetch, QuerySet
from django_fsm import can_proceed

from joanie.common.money import Money, round_to_minor_unit
from joanie.payment.backends.types import DisputeState, ProviderPayment
from joanie.payment.enums import (
    ARRIVED_PAYMENT_STATES,
    DifferenceKind,
    DifferenceState,
    PaymentState,
    RefundState,
    TransactionKind,
)
from joanie.payment.models import Difference, Payment, Refund

# The column's.
LONGEST_SUBJECT = LONGEST_TEXT = 255
_MOVES = {PaymentState.PENDING: "open", PaymentState.PROCESSING: "process"}


@dataclass(frozen=True)
class Finding:
    """One difference. ``ours`` and ``theirs`` say what each side has, in the words of enums.

    ``subject`` is the reference, at the provider, of the payment or of the refund that differs; or
    the id of a payment that has none.
    """

    backend: str
    kind: DifferenceKind
    subject: str
    ours: str = ""
    theirs: str = ""
    payment_id: uuid.UUID | None = None
    order_id: uuid.UUID | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.backend, self.kind, self.subject)


def with_what_is_booked(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Read what ``compare`` needs, and the differences that are open: four statements in all."""
    still_open = Difference.objects.filter(state=DifferenceState.OPEN)
    return payments.select_related("order__owner", "credit_card").prefetch_related(
        "transactions",
        "refunds",
        Prefetch("differences", still_open, to_attr="open_differences"),
    )


def open_differences_of(payment: Payment) -> list[Difference]:
    """Give what ``with_what_is_booked`` read."""
    rows: list[Difference] = payment.open_differences  # type: ignore[attr-defined]
    return rows


def compare(payment: Payment, theirs: ProviderPayment | None) -> list[Finding]:
    """Say what differs. ``theirs`` is None when the provider, asked, does not know the payment.

    ``payment`` was read by ``with_what_is_booked``. What moved no money on either side is the
    same, however it ended; so is what is on its way.
    """
    if theirs is None:
        return [*_unknown_there(payment)]
    if payment.provider_reference not in ("", theirs.reference):
        # Another payment of the same attempt: our call was made twice.
        return [*unknown_here(payment.backend, theirs, payment)]
    findings = [*_states(payment, theirs)]
    if theirs.state in ARRIVED_PAYMENT_STATES:
        findings += [*_amounts(payment, theirs), *_refunds(payment, theirs)]
    return findings


def unknown_here(
    backend: str, theirs: ProviderPayment, attempt: Payment | None = None
) -> Iterator[Finding]:
    """Money of which nothing is known here. ``attempt`` is ours that it was made for, if any."""
    if theirs.state in ARRIVED_PAYMENT_STATES:
        yield Finding(
            backend=backend,
            kind=DifferenceKind.UNKNOWN_HERE,
            subject=theirs.reference[:LONGEST_SUBJECT],
            theirs=_say(theirs.state, theirs.amount),
            order_id=attempt.order_id if attempt else None,
        )


def not_understood(payment: Payment, error: Exception) -> Finding:
    """What is said of a payment is in no words that we know: it is never read as unpaid."""
    finding = _finding(payment, DifferenceKind.STATE, theirs=f"? {error}")
    return replace(finding, theirs=finding.theirs[:LONGEST_TEXT])


def never_created(payment: Payment) -> Finding:
    """An attempt that never reached its provider."""
    return _finding(payment, DifferenceKind.ANSWER_LOST)


def snapshot(payment: Payment) -> object:
    """Give what tells whether anything was booked for a payment between two readings."""
    refunds = {(refund.pk, refund.state, refund.failure) for refund in payment.refunds.all()}
    lines = {line.pk for line in payment.transactions.all()}
    return payment.state, payment.provider_reference, refunds, lines


def _states(payment: Payment, theirs: ProviderPayment) -> Iterator[Finding]:
    kind = _kind_of_states(payment, theirs.state)
    if kind is not None:
        subject, said = theirs.reference, _say(theirs.state, theirs.amount)
        yield replace(_finding(payment, kind, theirs=said), subject=subject[:LONGEST_SUBJECT])


def _kind_of_states(payment: Payment, theirs: PaymentState) -> DifferenceKind | None:
    has_arrived_there = theirs in ARRIVED_PAYMENT_STATES
    if payment.state in ARRIVED_PAYMENT_STATES:
        return None if has_arrived_there else DifferenceKind.STATE
    if not payment.is_open and not has_arrived_there:
        return None
    if not payment.provider_reference:
        return DifferenceKind.ANSWER_LOST
    if theirs in _MOVES:
        is_news = payment.state != theirs and can_proceed(getattr(payment, _MOVES[theirs]))
        return DifferenceKind.NOTIFICATION_LOST if is_news else None
    return DifferenceKind.NOTIFICATION_LOST


def _amounts(payment: Payment, theirs: ProviderPayment) -> Iterator[Finding]:
    """What was booked counts; while nothing is, what was asked for."""
    lines = [each for each in payment.transactions.all() if each.kind == TransactionKind.PAYMENT]
    expected = lines[0].total if lines else payment.amount
    if expected != theirs.amount:
        is_same_currency = expected.currency == theirs.amount.currency
        kind = DifferenceKind.AMOUNT if is_same_currency else DifferenceKind.CURRENCY
        yield replace(
            _finding(payment, kind, ours=_write(expected), theirs=_write(theirs.amount)),
            subject=theirs.reference[:LONGEST_SUBJECT],
        )


def _refunds(payment: Payment, theirs: ProviderPayment) -> Iterator[Finding]:
    """Compare what went back, to the learner or to the bank."""
    ours = [*payment.refunds.all()]
    by_name: dict[object, Refund] = {each.pk: each for each in ours if not each.provider_reference}
    by_name |= {each.provider_reference: each for each in ours if each.provider_reference}
    matched = set()
    for there in _went_back(theirs):
        mine = by_name.get(there.reference) or by_name.get(there.own_id)
        if mine is not None:
            matched.add(mine.pk)
        here = _seen(mine) if mine else None
        if _differs(here, there):
            yield _finding_of_refund(payment, there.reference, here, there)
    for mine in ours:
        if mine.provider_reference and mine.state != RefundState.FAILED and mine.pk not in matched:
            yield _finding_of_refund(payment, mine.provider_reference, _seen(mine), None)


@dataclass(frozen=True)
class _Seen:
    """A refund or a dispute, as one side sees it."""

    reference: str
    state: str
    amount: Money
    own_id: uuid.UUID | None = None


def _went_back(theirs: ProviderPayment) -> Iterator[_Seen]:
    for refund in theirs.refunds:
        yield _Seen(refund.reference, refund.state, refund.amount, refund.refund_id)
    for dispute in theirs.disputes:
        yield _Seen(dispute.reference, dispute.state.value, dispute.amount)


def _seen(mine: Refund) -> _Seen:
    state = mine.state
    if mine.is_chargeback:
        dispute = DisputeState.OPEN if mine.is_undecided else DisputeState.LOST
        state = (DisputeState.WON if mine.state == RefundState.FAILED else dispute).value
    return _Seen(mine.provider_reference, state, mine.amount)


def _differs(here: _Seen | None, there: _Seen) -> bool:
    """What is still on its way there is a difference only where it has ended here."""
    if there.state == RefundState.PENDING:
        return here is not None and here.state in (RefundState.SUCCEEDED, RefundState.FAILED)
    return here is None or (here.state, here.amount) != (there.state, there.amount)


def _finding_of_refund(
    payment: Payment, reference: str, here: _Seen | None, there: _Seen | None
) -> Finding:
    return replace(
        _finding(payment, DifferenceKind.REFUND),
        subject=reference[:LONGEST_SUBJECT],
        ours=_say(here.state, here.amount) if here else "",
        theirs=_say(there.state, there.amount) if there else "",
    )


def _unknown_there(payment: Payment) -> Iterator[Finding]:
    """One that nobody paid may be forgotten there."""
    if payment.provider_reference and (payment.is_open or payment.state in ARRIVED_PAYMENT_STATES):
        yield _finding(payment, DifferenceKind.UNKNOWN_THERE)


def _finding(
    payment: Payment, kind: DifferenceKind, *, ours: str = "", theirs: str = ""
) -> Finding:
    return Finding(
        backend=payment.backend,
        kind=kind,
        subject=payment.provider_reference or str(payment.pk),
        ours=ours or _say(payment.state, payment.amount),
        theirs=theirs,
        payment_id=payment.pk,
        order_id=payment.order_id,
    )


def _say(state: str, money: Money) -> str:
    return f"{state} {_write(money)}"


def _write(money: Money) -> str:
    return f"{round_to_minor_unit(money).amount} {money.currency}"
