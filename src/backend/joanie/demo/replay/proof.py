"""Nothing lost, nothing twice: what is compared once everything has settled."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field

from procrastinate.contrib.django.models import ProcrastinateJob

from joanie.core.enums import GRANTING_ORDER_STATES, EnrollmentState
from joanie.core.models import Enrollment, OrderTargetCourseRelation
from joanie.demo.replay.books import (
    Books,
    differences_of,
    read_ledger,
    read_our_books,
)
from joanie.demo.replay.outcomes import Outcome, differences
from joanie.demo.replay.plan import Purchase
from joanie.demo.replay.settling import count_due_jobs, count_unsettled
from joanie.payment.enums import DifferenceState, NotificationState
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import (
    Difference,
    Mail,
    Payment,
    PaymentNotification,
    ProformaInvoice,
)
from joanie.payment.tasks import DOCUMENTS

SHOWN = 20


@dataclass(frozen=True)
class Check:
    """One thing that has to be so. ``seen`` says how much was looked at."""

    what: str
    seen: str
    problems: Sequence[str] = field(default=())

    def __str__(self) -> str:
        return f"{self.what}: {self.seen}"


def prove(
    outcomes: Mapping[Purchase, Outcome], provider: Books, *, is_strict: bool
) -> Iterator[Check]:
    """Compare everything with everything. Reads only.

    When it ``is_strict``, nothing may be left to do, not even for later; a run without faults
    leaves to the next what waits for a stalled job.
    """
    yield _orders(outcomes)
    yield _ledger()
    yield from _books(provider)
    yield _access()
    yield _inbox()
    yield _jobs(is_strict=is_strict)
    yield _documents()
    yield _mails()
    yield _nothing_to_look_at()


def check_rounds(sold: Sequence[int]) -> Check:
    """Look whether learners were buying while programs were restarted, round after round."""
    quiet = [number for number, purchases in enumerate(sold, 1) if not purchases]
    wrong = [f"nobody bought during round {number}" for number in quiet]
    if not sold:
        wrong = ["too little was left to buy: begin anew (`RESTART=1`), or replay more (`N=1000`)"]
    made = ", then ".join(f"{purchases:,} purchases" for purchases in sold)
    return Check("Learners bought during each rolling restart", made or "none was made", wrong)


def _orders(outcomes: Mapping[Purchase, Outcome]) -> Check:
    wrong = [f"{purchase}: {what}" for purchase, what in differences(outcomes)]
    return Check("Orders, money and documents are what the data says", _n(outcomes), wrong)


def _ledger() -> Check:
    wrong = [f"{found.subject}: {found.problem}" for found in verify_ledger()]
    return Check("The ledger adds up", f"{ProformaInvoice.objects.count():,} documents", wrong)


def _books(provider: Books) -> Iterator[Check]:
    """Compare the provider's books with our payments and with our ledger, both ways."""
    ours, ledger = read_our_books(), read_ledger()
    for what, part in _PARTS.items():
        theirs = part(provider)
        wrong = [
            *differences_of(what, theirs, part(ours)),
            *differences_of(f"{what} in the ledger:", theirs, part(ledger)),
        ]
        yield Check(
            f"Each {what} at the provider is booked here once, and no other", _n(theirs), wrong
        )
    again = len(provider.refunds) - len({payment for payment, _ in provider.refunds.values()})
    wrong = [f"{again:,} payments were given back more than once"] if again else []
    yield Check("No payment was given back twice", _n(provider.refunds), wrong)


_PARTS: Mapping[str, Callable[[Books], Mapping[str, object]]] = {
    "payment": lambda books: books.payments,
    "refund": lambda books: books.refunds,
}


def _access() -> Check:
    """Every product of the replay gives access to one course run."""
    bought = set(
        OrderTargetCourseRelation.objects.filter(order__state__in=GRANTING_ORDER_STATES)
        .with_runs()
        .values_list("order__owner", "run")
    )
    entered = set(Enrollment.objects.active().values_list("owner", "course_run"))
    untold = Enrollment.objects.exclude(state=EnrollmentState.SET).count()
    wrong = [
        *(f"learner {owner} has not entered {run}" for owner, run in bought - entered),
        *(f"learner {owner} is still in {run}" for owner, run in entered - bought),
        *([f"the LMS was not told of {untold:,} enrolments"] if untold else []),
    ]
    return Check("Who has bought is enrolled, and nobody else", _n(entered), wrong)


def _inbox() -> Check:
    settled = (NotificationState.PROCESSED, NotificationState.IGNORED)
    left = PaymentNotification.objects.exclude(state__in=settled)
    wrong = [f"{each.event_id} is {each.state}: {each.last_error}" for each in left[:SHOWN]]
    count = PaymentNotification.objects.count()
    return Check("No notification waits or is dead", f"{count:,}", wrong)


def _jobs(*, is_strict: bool) -> Check:
    left = count_unsettled() if is_strict else count_due_jobs()
    # What is periodic waits for its next time when its worker was killed.
    failed = ProcrastinateJob.objects.filter(
        status__in=("failed", "aborted"), queueing_lock=None
    ).exclude(queue_name=DOCUMENTS)
    wrong = [
        *([f"{left:,} are left to do"] if left else []),
        *(f"{each.task_name} {each.args} {each.status}" for each in failed[:SHOWN]),
    ]
    return Check("No job is left, and none failed", f"{ProcrastinateJob.objects.count():,}", wrong)


def _documents() -> Check:
    """Rendering all would take hours: those that are not rendered must wait in the queue."""
    unrendered = ProformaInvoice.objects.filter(pdf_sha256="")
    waiting = ProcrastinateJob.objects.filter(queue_name=DOCUMENTS, status="todo")
    queued = {args["invoice_id"] for args in waiting.values_list("args", flat=True)}
    forgotten = {str(pk) for pk in unrendered.values_list("pk", flat=True)} - queued
    return Check(
        "Each document is rendered, or waits for it in its queue",
        f"{ProformaInvoice.objects.count():,}",
        [f"document {pk} is forgotten" for pk in sorted(forgotten)[:SHOWN]],
    )


def _mails() -> Check:
    waiting = Mail.objects.waiting().count()
    wrong = [f"{waiting:,} wait"] if waiting else []
    return Check("No mail waits to be sent", f"{Mail.objects.count():,}", wrong)


def _nothing_to_look_at() -> Check:
    flagged = Payment.objects.exclude(flag="")
    differing = Difference.objects.filter(state=DifferenceState.OPEN)
    healed = Difference.objects.filter(state=DifferenceState.HEALED).count()
    return Check(
        "Nothing needs a person",
        f"{healed:,} differences healed by themselves",
        [*map(str, flagged[:SHOWN]), *map(str, differing[:SHOWN])],
    )


def _n(counted: Sized) -> str:
    return f"{len(counted):,}"
