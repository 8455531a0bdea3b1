"""A replay from beginning to end, and what is told of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

import httpx
from django.db import Error as DatabaseError
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from joanie.common.exceptions import JoanieError
from joanie.demo.exceptions import DemoFailed
from joanie.demo.narration import Narrator
from joanie.demo.processes import Programs
from joanie.demo.replay.books import FaultsMet, read_provider_books
from joanie.demo.replay.clerk import Clerk
from joanie.demo.replay.engine import Engine
from joanie.demo.replay.faults import WorkerKiller
from joanie.demo.replay.journal import Deed
from joanie.demo.replay.outcomes import Outcome, read_outcomes
from joanie.demo.replay.plan import SAMPLED_EVERY, Purchase
from joanie.demo.replay.progress import progress
from joanie.demo.replay.proof import Check, check_rounds, prove
from joanie.demo.replay.report import (
    Figures,
    rows_of_faults,
    rows_of_money,
    rows_of_restarts,
    rows_of_states,
    rows_of_time,
    write_report,
)
from joanie.demo.replay.rolling import RollingRestart
from joanie.demo.replay.samples import Samples
from joanie.demo.replay.settling import wait_until_settled, wait_until_worked_off
from joanie.demo.replay.sight import look
from joanie.demo.replay.stage import ReplayStage
from joanie.demo.replay.steps import next_step
from joanie.demo.replay.summary import HEADER, count_repeated, summarize
from joanie.payment.enums import PaymentState, RefundState
from joanie.payment.models import Payment, ProformaInvoice, Refund

# A refund can be pressed only once its payment was found, and may then be dropped itself.
MOST_ROUNDS = 4


class Performance:
    def __init__(self, stage: ReplayStage, plan: Sequence[Purchase], *, command: str = "") -> None:
        self._stage = stage
        self._plan = plan
        self._command = command
        self._narrator: Narrator = stage.narrator
        self._problems: list[str] = []
        self._done_now = 0
        self._share_done = 0.0
        self._sold = 0
        self._sold_meanwhile: Sequence[int] = ()
        self._cut_off = 0
        self._buying = 0.0
        self._settling: float | None = None

    def run(self, *, restarts: bool) -> None:
        """Do what the plan says and earlier runs did not; then compare with the data.

        Raises DemoFailed, naming what is not as it should be. Safe to repeat, also after a kill.
        """
        started = time.monotonic()
        self._narrator.title(f"{len(self._plan):,} real registrations, replayed over HTTP")
        with self._stage.opened(restarts=restarts) as programs:
            self._stage.journal.note(Deed.STARTED)
            try:
                self._act(programs)
            except (JoanieError, DatabaseError, httpx.HTTPError) as error:
                what = error if isinstance(error, JoanieError) else repr(error)
                raise DemoFailed(f"{what}\n\n{programs.describe_logs()}") from error
        self._conclude(started)

    def _act(self, programs: Programs) -> None:
        faults = self._stage.faults
        rolling = RollingRestart(
            programs,
            self._stage.restarted,
            watch_start=self._stage.watch_start,
            note=self._note_restart,
            count_sold=lambda: self._sold,
        )
        clerk = Clerk(self._stage.site, self._stage.provider, is_hasty=faults is not None)
        with closing(clerk):
            if faults is None:
                self._buy_and_refund(clerk, lambda: rolling.check(self._share_done))
                rolling.finish()
            else:
                faults.tell_provider(self._stage.provider)
                killer = WorkerKiller(
                    programs,
                    faults.kill_every,
                    names=self._stage.workers,
                    watch_start=self._stage.watch_start,
                    note=self._note_kill,
                )
                self._buy_and_refund_under_faults(clerk, programs, killer, rolling)
            self._download(clerk)
            self._cut_off = len(clerk.repeated)
            self._sold_meanwhile = rolling.sold
        self._let_worker_finish(programs.check)

    def _buy_and_refund_under_faults(
        self, clerk: Clerk, programs: Programs, killer: WorkerKiller, rolling: RollingRestart
    ) -> None:
        """Go on where reconciliation found what was never told, until nothing is left to do."""

        def check() -> None:
            killer.check()
            rolling.check(self._share_done)

        started = 0.0
        for _ in range(MOST_ROUNDS):
            self._buy_and_refund(clerk, check)
            rolling.finish()
            started = started or time.monotonic()
            self._find_what_was_never_told(programs, killer)
            if not self._to_do():
                break
        self._narrator.step("Let the shop settle")
        left = wait_until_settled(killer.check_while_few)
        self._settling = time.monotonic() - started
        self._narrator.result(
            f"{left:,} jobs and notifications are left after {self._settling:.0f} s"
        )

    def _buy_and_refund(self, clerk: Clerk, check: Callable[[], None]) -> None:
        self._narrator.step("Order, pay, and give back what was left")
        to_do = self._to_do()
        done, total = len(self._plan) - len(to_do), len(self._plan)
        if done:
            self._narrator.result(f"{done:,} of {total:,} were done before")
        if not to_do:
            return
        started = time.monotonic()
        with progress(self._narrator, "Registrations", total=total, done=done) as meter:

            def advance() -> None:
                self._share_done += 1 / len(to_do)
                self._sold += 1
                meter.advance()

            engine = Engine(
                clerk,
                check=check,
                advance=advance,
                is_hasty=self._stage.faults is not None,
            )
            for purchase, why in engine.run(to_do).items():
                self._problems.append(f"{purchase}: {why}")
        took = time.monotonic() - started
        self._buying += took
        self._done_now = max(self._done_now, len(to_do))
        self._narrator.result(
            f"{len(to_do):,} registrations in {took:.0f} s, {len(to_do) / took:.1f} a second"
        )

    def _to_do(self) -> list[Purchase]:
        seen = look(self._plan)
        return [each for each in self._plan if next_step(each, seen.get(each.name))]

    def _find_what_was_never_told(self, programs: Programs, killer: WorkerKiller) -> None:
        """Compare the shop with the provider, as is done every night."""
        self._narrator.step("Compare the shop with the provider")
        started = time.monotonic()
        while time.monotonic() - started < self._stage.reconcile_after:
            killer.check_while_few()
            time.sleep(0.2)
        self._narrator.say(self._stage.reconcile(programs))

    def _download(self, clerk: Clerk) -> None:
        self._narrator.step(f"Download the documents of one registration in {SAMPLED_EVERY}")
        sampled = [each for each in self._plan if each.is_sampled and not each.is_free]
        seen = look(sampled)
        found = [(each, seen[each.name]) for each in sampled if each.name in seen]
        directory = self._stage.directory / "documents"
        with progress(self._narrator, "Documents", total=len(found)) as meter:
            samples = Samples(clerk, directory, advance=meter.advance)
            for purchase, wrong in samples.download(found).items():
                self._problems += [f"{purchase}: {what}" for what in wrong]
        self._narrator.result(f"Of {len(found):,} registrations, in {directory}")

    def _let_worker_finish(self, check: Callable[[], None]) -> None:
        """Let enrolments and mails be done, so that a run leaves nothing to the next."""
        self._narrator.step("Let the worker finish")
        is_strict = self._stage.faults is not None
        left = wait_until_settled(check) if is_strict else wait_until_worked_off(check)
        self._narrator.result(f"{left:,} jobs are left in its queues")
        unrendered = ProformaInvoice.objects.filter(pdf_sha256="").count()
        self._narrator.say(f"{unrendered:,} documents are not rendered: a download renders one.")

    def _conclude(self, started: float) -> None:
        self._narrator.title("What there is now")
        outcomes = read_outcomes(self._plan)
        self._narrator.table(HEADER, summarize(outcomes))
        self._tell_what_is_odd(outcomes)
        provider, faults = read_provider_books(self._stage.memory)
        is_strict = self._stage.faults is not None
        checks = list(prove(outcomes, provider, is_strict=is_strict))
        journal = self._stage.journal.counts()
        figures = Figures(
            command=self._command,
            ended_at=timezone.now(),
            outcomes=outcomes,
            provider=provider,
            faults=faults,
            checks=[*checks, *self._mishaps()],
            done_now=self._done_now,
            buying=self._buying,
            settling=self._settling,
            total=time.monotonic() - started,
            starts=journal[Deed.STARTED],
            kills=journal[Deed.KILLED_A_WORKER],
            web_restarts=journal[Deed.RESTARTED_A_WEB_SERVER],
            worker_restarts=journal[Deed.RESTARTED_A_WORKER],
            cut_off=self._cut_off,
            sold_meanwhile=self._sold_meanwhile,
            jobs_again=ProcrastinateJob.objects.filter(attempts__gt=1).count(),
            found_payments=_count_found_payments(faults),
            found_refunds=_count_found_refunds(faults),
            settings=self._stage.settings_that_differ,
        )
        self._tell(figures)
        if any(check.problems for check in figures.checks):
            raise DemoFailed(_describe(figures.checks))
        self._narrator.result("All of it is what the data says")

    def _tell(self, figures: Figures) -> None:
        narrator = self._narrator
        narrator.title("What there was to bear")
        if figures.faults.decided:
            narrator.table(("Faults", ""), rows_of_faults(figures))
        if figures.worker_restarts:
            narrator.table(("Rolling restarts", ""), rows_of_restarts(figures))
        narrator.table(("Time", ""), rows_of_time(figures))
        narrator.table(("Orders", ""), rows_of_states(figures.outcomes))
        narrator.table(("Currency", "Paid", "Given back", "Kept"), rows_of_money(figures.provider))
        narrator.title("Nothing lost, nothing twice")
        for check in figures.checks:
            (narrator.failure if check.problems else narrator.result)(str(check))
        report = self._stage.directory / "report.md"
        report.write_text(write_report(figures), encoding="utf-8")
        narrator.say(f"All of this is in {report}")

    def _mishaps(self) -> list[Check]:
        """Name what went wrong on the way, beside what is wrong in the end."""
        steps = Check("Every step was taken", f"{self._done_now:,}", self._problems)
        if not self._stage.restarted:
            return [steps]
        return [steps, check_rounds(self._sold_meanwhile)]

    def _tell_what_is_odd(self, outcomes: Mapping[Purchase, Outcome]) -> None:
        dateless = [each.registration for each in outcomes if not _has_day(each)]
        left = sum(each.has_left for each in dateless)
        free = sum(each.is_free and each.registration.has_left for each in outcomes)
        say = self._narrator.say
        say(f"Without a day of registration: {len(dateless):,}, of whom {left:,} left")
        say(f"Students who came to a module again: {count_repeated(outcomes):,}")
        say(f"Left a free presentation, with nothing to give back: {free:,}")

    def _note_kill(self) -> None:
        self._stage.journal.note(Deed.KILLED_A_WORKER)

    def _note_restart(self, name: str) -> None:
        is_web = name in self._stage.web_servers
        deed = Deed.RESTARTED_A_WEB_SERVER if is_web else Deed.RESTARTED_A_WORKER
        self._stage.journal.note(deed)


def _has_day(purchase: Purchase) -> bool:
    return purchase.registration.registered_on is not None


def _count_found_payments(faults: FaultsMet) -> int:
    """Count the payments that the shop has, although nobody told it."""
    known = Payment.objects.filter(state=PaymentState.SUCCEEDED).values_list(
        "provider_reference", flat=True
    )
    return len({*faults.dropped_payments} & {*known})


def _count_found_refunds(faults: FaultsMet) -> int:
    known = Refund.objects.filter(state=RefundState.SUCCEEDED).values_list(
        "provider_reference", flat=True
    )
    return len({*faults.dropped_refunds} & {*known})


def _describe(checks: Sequence[Check]) -> str:
    lines = [
        f"{check.what}: {len(check.problems):,} are not so\n"
        + "\n".join(f"  {problem}" for problem in check.problems)
        for check in checks
        if check.problems
    ]
    return "\n".join(["Not everything is as it should be.", *lines])
