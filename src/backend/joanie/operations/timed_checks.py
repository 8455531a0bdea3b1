"""A check that ends in time, whatever it looks at, and that many may ask for at once."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from django.db import connections

logger = logging.getLogger(__name__)

# Seconds to wait for a database that accepts a connection and then says nothing.
CONNECT_TIMEOUT = 2

# Seconds for which a failure is believed: that often it is looked at again, however many ask.
FAILURE_LASTS = 2.0


@dataclass(frozen=True)
class Finding:
    """Whether all is well, and numbers that may be shown to anybody."""

    is_well: bool
    numbers: dict[str, int] = field(default_factory=dict)


Look = Callable[[], Finding]


class TimedCheck:
    """Looks in a thread and with connections of its own, one at a time, and remembers.

    What has not answered within ``limit`` seconds is not well; no second look is taken meanwhile.
    ``lasts``: seconds for which it is believed that all is well.
    """

    def __init__(self, name: str, look: Look, *, limit: float, lasts: float) -> None:
        self.name = name
        self._look = look
        self._limit = limit
        self._lasts = lasts
        self._lock = Lock()
        self._current: _Run | None = None

    def __call__(self) -> Finding:
        with self._lock:
            if self._current is None or self._current.is_over(self._lasts):
                self._current = _Run(self.name, self._look)
            current = self._current
        return current.wait(self._limit)

    def forget(self) -> None:
        """Look again when asked next."""
        with self._lock:
            self._current = None


class _Run:
    def __init__(self, name: str, look: Look) -> None:
        self._name = name
        self._look = look
        self._ended = Event()
        self._ended_at = 0.0
        self._finding = Finding(is_well=False)
        Thread(target=self._run, name=f"check of {name}", daemon=True).start()

    def is_over(self, lasts: float) -> bool:
        lasts = lasts if self._finding.is_well else FAILURE_LASTS
        return self._ended.is_set() and time.monotonic() >= self._ended_at + lasts

    def wait(self, limit: float) -> Finding:
        return self._finding if self._ended.wait(limit) else Finding(is_well=False)

    def _run(self) -> None:
        try:
            _limit_connecting()
            self._finding = self._look()
        except Exception:
            # Whoever asks is told that it is not well; why is for the log.
            logger.exception("The check of %s failed", self._name)
        finally:
            connections.close_all()
            self._ended_at = time.monotonic()
            self._ended.set()


def _limit_connecting() -> None:
    """Wait for no connection of this thread without end; a pool has a limit of its own."""
    for connection in connections.all():
        options = connection.settings_dict["OPTIONS"]
        if connection.vendor == "postgresql" and "pool" not in options:
            limited = {"connect_timeout": CONNECT_TIMEOUT, **options}
            connection.settings_dict = {**connection.settings_dict, "OPTIONS": limited}
