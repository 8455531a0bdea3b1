"""The shop's processes, as their operator sees them: started, found dead, started again."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.context import ForkServerProcess
from multiprocessing.forkserver import ensure_running

import pytest
from tests.crashes import mortal
from tests.crashes.mortal import World

PATIENCE = 60
_FORKS = multiprocessing.get_context("forkserver")


def warm_up() -> None:
    """Start the process that the others are forked from: Django is loaded once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        _FORKS.set_forkserver_preload(["tests.crashes.warm"])
        ensure_running()


class Processes:
    """Those of one shop: a web server that is always there, and whatever is run besides."""

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self.port = port
        self._web: ForkServerProcess | None = None

    def start_web(self) -> None:
        """Serve; nothing happens while the server lives."""
        if self._web is not None and self._web.is_alive():
            return
        self.bury_web()
        is_ready = _FORKS.Event()
        self._web = self._start(partial(mortal.serve, self.port, is_ready))
        assert is_ready.wait(PATIENCE), self._log()

    def bury_web(self) -> bool:
        """Say whether the web server died; it died of SIGKILL alone."""
        if self._web is None or self._web.is_alive():
            return False
        web, self._web = self._web, None
        assert self._end_of(web) == -signal.SIGKILL, self._log()
        return True

    def await_death_of_web(self) -> None:
        assert self._web is not None
        self._web.join(PATIENCE)
        assert self.bury_web(), self._log()

    def survives(self, errand: Callable[[], None]) -> bool:
        """Run something to its end; False when that was SIGKILL."""
        exit_code = self._end_of(self._start(errand))
        assert exit_code in {0, -signal.SIGKILL}, self._log()
        return exit_code == 0

    def end(self) -> None:
        if self._web is not None:
            with suppress(ValueError):
                self._web.kill()
            self._end_of(self._web)
            self._web = None

    def _start(self, errand: Callable[[], None]) -> ForkServerProcess:
        process = _FORKS.Process(target=mortal.live, args=(self.world, errand))
        process.start()
        return process

    def _end_of(self, process: ForkServerProcess) -> int | None:
        process.join(PATIENCE)
        exit_code = process.exitcode
        if exit_code is None:
            process.kill()
            process.join()
        process.close()
        return exit_code

    def _log(self) -> str:
        return self.world.log.read_text(encoding="utf-8", errors="replace")[-20_000:]
