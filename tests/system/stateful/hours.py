"""What the worker does, and how time passes."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.system.stateful.stage import Stage, deaths, spans
from tests.system.stateful.worker import MINUTELY, NIGHTLY


class Hours(Stage):
    @precondition(lambda self: self.world.worker.jobs())
    @rule(dies=deaths)
    def work_once(self, dies: int | None) -> None:
        with self.asking(dies):
            self.world.worker.work_once()

    @precondition(lambda self: self.world.worker.jobs())
    @rule()
    def work(self) -> None:
        self.world.worker.work()

    @precondition(lambda self: self.world.worker.jobs())
    @rule()
    def die_at_work(self) -> None:
        self.world.worker.begin_and_die()

    @precondition(lambda self: self.world.worker.documents())
    @rule()
    def print_a_document(self) -> None:
        for job in self.world.worker.documents()[:1]:
            self.world.worker.do(job)

    @precondition(lambda self: self.books.orders)
    @rule(task=st.sampled_from((*MINUTELY, *NIGHTLY)), dies=deaths)
    def work_by_the_clock(self, task: str, dies: int | None) -> None:
        with self.asking(dies):
            self.world.worker.run(task, timestamp=0)

    @precondition(lambda self: self.books.orders)
    @rule(span=spans, is_anybody_there=st.booleans())
    def wait(self, span: timedelta, is_anybody_there: bool) -> None:
        self.world.wait(span)
        if is_anybody_there:
            self.world.worker.keep_the_hour()
        if is_anybody_there and span >= timedelta(days=1):
            self.world.worker.keep_the_night()
