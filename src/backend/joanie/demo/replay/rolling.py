"""A rolling restart while learners are buying: program after program, as an operator would."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from joanie.demo.exceptions import DemoFailed
from joanie.demo.processes import Programs

# Parts of the purchases after which a round begins, and after which none does: so few are left
# then that nobody would buy during most of it.
ROUNDS_AT = (0.25, 0.60)
TOO_LATE = 0.80
# Seconds for a program to end, or to be ready.
PATIENCE = 90.0


class RollingRestart:
    """Asks each program to end, waits until it has, starts it again, waits until it is ready.

    Then the next one. It is not a thread: what it waits for is looked at by each ``check``.
    ``watch_start`` is called before a program starts, and gives what says that it is ready;
    ``note`` is called after each restart; ``count_sold`` counts the purchases that are made.
    Without names it does nothing.
    """

    def __init__(
        self,
        programs: Programs,
        names: Sequence[str],
        *,
        watch_start: Callable[[str], Callable[[], bool]],
        note: Callable[[str], None],
        count_sold: Callable[[], int],
    ) -> None:
        self._programs = programs
        self._names = names
        self._watch_start = watch_start
        self._note = note
        self._count_sold = count_sold
        self._rounds_at = [*ROUNDS_AT] if names else []
        self._under_way: Iterator[str] | None = None
        # Purchases made during each round.
        self.sold: list[int] = []

    def check(self, share: float) -> None:
        """Go on, or begin a round when that part of the purchases is made.

        Raises ProcessEnded when a program ended that was not asked to, or did not finish what it
        was doing when it was; DemoFailed when one takes too long.
        """
        self._programs.check()
        if self._under_way is not None:
            if not next(self._under_way, None):
                self._under_way = None
        elif self._rounds_at and self._rounds_at[0] <= share <= TOO_LATE:
            self._rounds_at.pop(0)
            self._under_way = self._round()

    def finish(self) -> None:
        """Finish the round that is under way. One that did not begin is not made up for."""
        while self._under_way is not None:
            self.check(1)
            time.sleep(0.1)

    def _round(self) -> Iterator[str]:
        """Give what is waited for, for as long as it is."""
        sold_before = self._count_sold()
        for name in self._names:
            yield from self._until_all_are_ready()
            self._programs.ask_to_end(name)
            yield from _until(partial(self._programs.has_ended_well, name), f"the {name} to end")
            # Another one may have been killed meanwhile: one start is watched at a time.
            yield from self._until_all_are_ready()
            self._programs.start_again(name, self._watch_start(name))
            yield from _until(self._programs.are_ready, f"the {name} to be ready")
            self._note(name)
        self.sold.append(self._count_sold() - sold_before)

    def _until_all_are_ready(self) -> Iterator[str]:
        yield from _until(self._programs.are_ready, "what was killed to be ready")


def _until(is_so: Callable[[], bool], what: str) -> Iterator[str]:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise DemoFailed(f"Waited {PATIENCE:.0f} seconds for {what}.")
        yield what
