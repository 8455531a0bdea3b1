"""What goes wrong on purpose: notifications at the provider, and workers that are killed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from joanie.demo.processes import Programs, at_once
from joanie.payment.backends.dummy.client import get_secret

WORKER = "worker"
# However short the run.
LEAST_KILLS = 2


@dataclass(frozen=True)
class Faults:
    """Parts of all notifications, at most one for each of them; seconds between two kills."""

    seed: int
    kill_every: float
    duplicated: float = 0.10
    reordered: float = 0.10
    dropped: float = 0.02

    def tell_provider(self, provider: str) -> None:
        """Have the emulator do its part. Safe to repeat. Raises httpx.HTTPError."""
        shares = {
            "duplicate": self.duplicated,
            "reorder": self.reordered,
            "drop": self.dropped,
            "seed": self.seed,
        }
        httpx.put(
            f"{provider}/control",
            json={"notifications": {"shares": shares}},
            headers={"Authorization": f"Bearer {get_secret({})}"},
            trust_env=False,
        ).raise_for_status()


class WorkerKiller:
    """Kills a worker with SIGKILL now and then, and starts another. It is not a thread.

    ``names`` are those of the workers, killed in turn. ``watch_start`` is called before each
    kill, and gives what says that the next worker is ready; ``note`` is called after it.
    """

    def __init__(
        self,
        programs: Programs,
        every: float,
        *,
        names: Sequence[str] = (WORKER,),
        watch_start: Callable[[str], Callable[[], bool]] = lambda _: at_once,
        note: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._programs = programs
        self._every = every
        self._names = names
        self._watch_start = watch_start
        self._note = note
        self._clock = clock
        self._next_at = clock() + every / 2
        self.kills = 0

    def check(self) -> None:
        """Kill if it is time, and nothing is just starting.

        Raises ProcessEnded when a program ended that was not killed.
        """
        self._programs.check()
        if self._clock() < self._next_at or not self._programs.are_ready():
            return
        if name := self._choose():
            self._programs.kill_and_start_again(name, self._watch_start(name))
            self._next_at = self._clock() + self._every
            self.kills += 1
            self._note()

    def check_while_few(self) -> None:
        """Do the same, until there were as many kills as there must be."""
        if self.kills < LEAST_KILLS:
            self.check()
        else:
            self._programs.check()

    def _choose(self) -> str | None:
        """Choose the next one, but none that is about to end."""
        turn = self.kills % len(self._names)
        names = [*self._names[turn:], *self._names[:turn]]
        return next((name for name in names if not self._programs.is_ending(name)), None)
