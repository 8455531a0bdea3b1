"""A shop whose processes may die, seen from outside: by its learner, its staff, its operator."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from tests.crashes import mortal
from tests.crashes.mortal import Fate
from tests.crashes.processes import Processes
from tests.crashes.time_passing import A_WHILE, pass_time
from tests.provider import Provider
from tests.system.learner import bearer

from joanie.common.queue import enqueue
from joanie.core.factories import CourseFactory, CourseRunFactory, ProductFactory
from joanie.core.models import Product
from joanie.emulators.kit.acquirer.state import State
from joanie.payment.enums import UNSETTLED_NOTIFICATION_STATES
from joanie.payment.models import PaymentNotification

PERIODIC = (
    "joanie.core.revive_stalled_jobs",
    "joanie.payment.process_inbox",
    "joanie.payment.reconcile",
)
# Far more than there are points to die at.
ENOUGH = 40


def one_run_product() -> Product:
    """Make a product whose learner is enrolled as soon as it is paid."""
    course = CourseFactory()
    CourseRunFactory(course=course)
    return ProductFactory(target_courses=[course])


@dataclass
class Shop:
    processes: Processes
    provider: Provider
    state: State
    product: Product = field(default_factory=one_run_product)

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = ""
    ) -> httpx.Response | None:
        """Send a learner's request; None when the server died and there is no answer.

        There is another server then, for whoever comes next.
        """
        self.processes.start_web()
        headers = bearer() | ({"Idempotency-Key": key} if key else {})
        url = f"http://{mortal.LOOPBACK}:{self.processes.port}/api/v1.0{path}"
        try:
            return httpx.request(
                method, url, json=body, headers=headers, trust_env=False, timeout=30
            )
        except httpx.TransportError:
            self.processes.await_death_of_web()
            self.processes.start_web()
            return None

    def read(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer is not None
        assert answer.is_success, answer.text
        return answer.json()

    def let_deliveries_end(self, *, is_repeated: bool = True) -> None:
        """Wait for what is on its way; repeat it all when the server died of it, unless told."""
        self.processes.start_web()
        for _ in range(ENOUGH):
            sent = self.provider.deliver()
            if not self.processes.bury_web():
                return
            self.processes.start_web()
            for event_id in {each["id"] for each in sent} if is_repeated else ():
                path = f"/control/events/{event_id}/resend"
                assert self.provider.http.post(path).is_success
        raise AssertionError("The web server dies for ever")

    def hold_notifications(self) -> None:
        self.provider.instruct(notifications={"hold": True})

    def release_notifications(self) -> None:
        self.provider.instruct()
        assert self.provider.http.post("/control/release").is_success
        self.let_deliveries_end()

    def recover(self, *also: str, span: timedelta = A_WHILE) -> None:
        """Let time pass and workers work, until nothing is left to do.

        ``also`` are periodic tasks beside those that mend things; ``span`` is what passes first.
        """
        self.processes.start_web()
        for _ in range(ENOUGH):
            pass_time(span)
            span = A_WHILE
            for task in (*PERIODIC, *also):
                _enqueue_unless_waiting(task)
            is_alive = self.processes.survives(mortal.work)
            self.let_deliveries_end()
            if is_alive and not _is_anything_left():
                return
        raise AssertionError(f"Something is never done: {left_over_jobs()}")

    @property
    def fate(self) -> Fate:
        return self.processes.world.fate


def left_over_jobs() -> list[str]:
    """Name the jobs that wait or were begun; what the clock enqueues comes again anyway."""
    jobs = ProcrastinateJob.objects.filter(status__in=("todo", "doing"))
    waiting = jobs.exclude(status="todo", queueing_lock__isnull=False)
    return [f"{job.task_name} {job.args} {job.status}" for job in waiting]


def _is_anything_left() -> bool:
    unsettled = PaymentNotification.objects.filter(state__in=UNSETTLED_NOTIFICATION_STATES)
    return unsettled.exists() or bool(left_over_jobs())


def _enqueue_unless_waiting(task: str) -> None:
    try:
        with transaction.atomic():
            enqueue(task, timestamp=0)
    except AlreadyEnqueued:
        """It is to run anyway."""
