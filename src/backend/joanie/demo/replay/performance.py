"""A replay from beginning to end, and what is told of it."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing

import httpx
from django.db import Error as DatabaseError
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from joanie.common.exceptions import JoanieError
from joanie.demo.exceptions import DemoFailed
from joanie.demo.narration import Narrator
from joanie.demo.processes import Programs
from joanie.demo.replay.clerk import Clerk
from joanie.demo.replay.engine import Engine
from joanie.demo.replay.outcomes import Outcome, differences, read_outcomes
from joanie.demo.replay.plan import SAMPLED_EVERY, Purchase
from joanie.demo.replay.progress import progress
from joanie.demo.replay.samples import Samples
from joanie.demo.replay.sight import look
from joanie.demo.replay.stage import ReplayStage
from joanie.demo.replay.steps import next_step
from joanie.demo.replay.summary import HEADER, count_repeated, summarize
from joanie.demo.stage import verify_ledger
from joanie.payment.models import ProformaInvoice
from joanie.payment.tasks import DOCUMENTS

# Seconds without progress after which the worker is not waited for any longer.
WORKER_PATIENCE = 30

Problems = dict[Purchase, list[str]]


class Performance:
    def __init__(self, stage: ReplayStage, plan: Sequence[Purchase]) -> None:
        self._stage = stage
        self._plan = plan
        self._narrator: Narrator = stage.narrator
        self._problems: Problems = {}

    def run(self, *, restarts: bool) -> None:
        """Do what the plan says and earlier runs did not; then compare with the data.

        Raises DemoFailed, naming the registrations that are not as the data says. Safe to repeat,
        also after a kill.
        """
        self._narrator.title(f"{len(self._plan):,} real registrations, replayed over HTTP")
        with self._stage.opened(restarts=restarts) as programs:
            try:
                self._act(programs)
            except (JoanieError, DatabaseError, httpx.HTTPError) as error:
                what = error if isinstance(error, JoanieError) else repr(error)
                raise DemoFailed(f"{what}\n\n{programs.describe_logs()}") from error
        self._conclude()

    def _act(self, programs: Programs) -> None:
        clerk = Clerk(self._stage.site, self._stage.provider)
        with closing(clerk):
            self._buy_and_refund(clerk, programs)
            self._download(clerk)
        self._wait_for_worker(programs)

    def _buy_and_refund(self, clerk: Clerk, programs: Programs) -> None:
        self._narrator.step("Order, pay, and give back what was left")
        seen = look(self._plan)
        to_do = [each for each in self._plan if next_step(each, seen.get(each.name))]
        done, total = len(self._plan) - len(to_do), len(self._plan)
        if done:
            self._narrator.result(f"{done:,} of {total:,} were done before")
        if not to_do:
            return
        started = time.monotonic()
        with progress(self._narrator, "Registrations", total=total, done=done) as meter:
            engine = Engine(clerk, check=programs.check, advance=meter.advance)
            for purchase, why in engine.run(to_do).items():
                self._note(purchase, why)
        took = time.monotonic() - started
        self._narrator.result(
            f"{len(to_do):,} registrations in {took:.0f} s, {len(to_do) / took:.1f} a second"
        )

    def _download(self, clerk: Clerk) -> None:
        self._narrator.step(f"Download the documents of one registration in {SAMPLED_EVERY}")
        sampled = [each for each in self._plan if each.is_sampled and not each.is_free]
        seen = look(sampled)
        found = [(each, seen[each.name]) for each in sampled if each.name in seen]
        directory = self._stage.directory / "documents"
        with progress(self._narrator, "Documents", total=len(found)) as meter:
            samples = Samples(clerk, directory, advance=meter.advance)
            for purchase, wrong in samples.download(found).items():
                self._note(purchase, *wrong)
        self._narrator.result(f"Of {len(found):,} registrations, in {directory}")

    def _wait_for_worker(self, programs: Programs) -> None:
        """Let enrolments and mails be done, so that a run leaves nothing to the next."""
        self._narrator.step("Let the worker finish")
        least, since = _count_jobs(), time.monotonic()
        while least and time.monotonic() - since < WORKER_PATIENCE:
            programs.check()
            time.sleep(0.2)
            count = _count_jobs()
            if count < least:
                least, since = count, time.monotonic()
        self._narrator.result(f"{least:,} jobs are left in its queues")
        unrendered = ProformaInvoice.objects.filter(pdf_sha256="").count()
        self._narrator.say(f"{unrendered:,} documents are not rendered: a download renders one.")

    def _conclude(self) -> None:
        self._narrator.title("What there is now")
        verify_ledger(self._narrator)
        outcomes = read_outcomes(self._plan)
        self._narrator.table(HEADER, summarize(outcomes))
        self._tell_what_is_odd(outcomes)
        for purchase, what in differences(outcomes):
            self._note(purchase, what)
        if self._problems:
            raise DemoFailed(_describe(self._problems))
        self._narrator.result("All of it is what the data says")

    def _tell_what_is_odd(self, outcomes: Mapping[Purchase, Outcome]) -> None:
        dateless = [each.registration for each in outcomes if not _has_day(each)]
        left = sum(each.has_left for each in dateless)
        free = sum(each.is_free and each.registration.has_left for each in outcomes)
        say = self._narrator.say
        say(f"Without a day of registration: {len(dateless):,}, of whom {left:,} left")
        say(f"Students who came to a module again: {count_repeated(outcomes):,}")
        say(f"Left a free presentation, with nothing to give back: {free:,}")

    def _note(self, purchase: Purchase, *problems: str) -> None:
        if problems:
            self._problems.setdefault(purchase, []).extend(problems)


def _has_day(purchase: Purchase) -> bool:
    return purchase.registration.registered_on is not None


def _count_jobs() -> int:
    is_due = Q(scheduled_at=None) | Q(scheduled_at__lte=timezone.now())
    return (
        ProcrastinateJob.objects.filter(is_due, status="todo")
        .exclude(queue_name=DOCUMENTS)
        .count()
    )


def _describe(problems: Problems) -> str:
    lines = [f"{who}: {'; '.join(what)}" for who, what in problems.items()]
    return "\n".join([f"{len(lines):,} registrations are not as the data says:", *lines])
