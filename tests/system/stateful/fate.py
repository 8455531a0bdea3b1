"""Where a process dies, without dying: what it would have done afterwards is not done."""

from collections.abc import Iterator
from contextlib import contextmanager

from joanie.payment.crash_points import CrashPoint


class Death(BaseException):
    """Nobody catches it but who foretold it, and transactions are rolled back: as by SIGKILL."""


class Fate:
    """Counts the points that are passed, and lets nobody past the last one."""

    def __init__(self) -> None:
        self._points_left: int | None = None

    @contextmanager
    def mortal(self, points: int | None) -> Iterator[None]:
        """Let whoever acts inside pass so many points before dying; None is immortal."""
        self._points_left = points
        try:
            yield
        finally:
            self._points_left = None

    def meet(self, point: CrashPoint) -> None:
        if self._points_left is None:
            return
        if self._points_left == 0:
            self._points_left = None
            raise Death(point)
        self._points_left -= 1
