"""How far a replay is: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from joanie.demo.narration import Narrator

# Seconds between two lines.
LINE_EVERY = 10.0


class Meter(Protocol):
    """Counts what is done from now on, beside what was done before."""

    def advance(self) -> None: ...


class RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:.1f}/s")


class Bar:
    def __init__(self, progress: Progress, what: str, total: int, done: int) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=total, completed=done)

    def advance(self) -> None:
        self._progress.advance(self._task)


class Lines:
    def __init__(self, narrator: Narrator, what: str, total: int, done: int) -> None:
        self._narrator = narrator
        self._what = what
        self._total = total
        self._done = self._done_before = done
        self._started = self._told = time.monotonic()

    def advance(self) -> None:
        self._done += 1
        if time.monotonic() - self._told >= LINE_EVERY:
            self.tell()

    def tell(self) -> None:
        self._told = time.monotonic()
        rate = (self._done - self._done_before) / max(self._told - self._started, 0.001)
        left = (self._total - self._done) / rate if rate else 0
        self._narrator.say(
            f"{self._what}: {self._done} of {self._total}, {rate:.1f}/s, {left:.0f} s left"
        )


@contextmanager
def progress(narrator: Narrator, what: str, *, total: int, done: int = 0) -> Iterator[Meter]:
    """``done`` is what earlier runs did."""
    console = Console()
    if not console.is_terminal:
        lines = Lines(narrator, what, total, done)
        yield lines
        lines.tell()
        return
    columns = (
        TextColumn("    {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, speed_estimate_period=60) as bar:
        yield Bar(bar, what, total, done)
