"""The programs of the demo: started, watched, and ended whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from joanie.demo.exceptions import DemoFailed, PortBusy, ProcessEnded

LOOPBACK = "127.0.0.1"
# Seconds: a cold disk and a busy machine make the first start slow.
START_TIMEOUT = 90
# Seconds a program has to end, before it is killed: longer than its leash gives it.
PATIENCE = 10
LINES_SHOWN = 15


def at_once() -> bool:
    return True


class Program:
    """A command of the project, on a leash; what it prints is added to its log.

    It has a process group of its own, so that Ctrl-C is ours to handle.
    """

    def __init__(
        self, name: str, *command: str, log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.is_to_end = False
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands # nosec B603
                [sys.executable, "-m", "joanie.demo.leash", *command],
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def last_lines(self) -> str:
        with self.log.open(encoding="utf-8", errors="replace") as file:
            return "".join(deque(file, LINES_SHOWN)).rstrip()

    def kill(self) -> None:
        """End it as a power cut would: it finishes nothing."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.let_go()

    def ask_to_end(self) -> None:
        """Send it SIGTERM, as an operator does: it finishes what it is doing."""
        self.is_to_end = True
        self._process.terminate()

    def let_go(self) -> None:
        """Have it end, as it would if we were no more."""
        if self._process.stdin:
            self._process.stdin.close()

    def end(self, deadline: float) -> None:
        """Kill it if it is still there at the deadline."""
        try:
            self._process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Programs:
    """What the demo runs. ``environment`` is added to ours."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self._running: list[Program] = []
        self._starting: list[Callable[[], bool]] = []

    def start(self, name: str, *command: str) -> Program:
        log = self._directory / f"{name}.log"
        log.unlink(missing_ok=True)
        return self._start(name, *command, log=log)

    def kill_and_start_again(self, name: str, is_ready: Callable[[], bool] = at_once) -> None:
        """Kill a program that runs, and start another like it; its log goes on."""
        self._find(name).kill()
        self.start_again(name, is_ready)

    def ask_to_end(self, name: str) -> None:
        """Have a program finish what it is doing, and end; that it does is no reason to stop."""
        self._find(name).ask_to_end()

    def is_ending(self, name: str) -> bool:
        """Say whether it was asked to end, or has ended."""
        program = self._find(name)
        return program.is_to_end or program.exit_code is not None

    def has_ended_well(self, name: str) -> bool:
        """Say whether a program that was asked to end has done so.

        Raises ProcessEnded when it did not finish first, but died: its code is not 0 then.
        """
        code = self._find(name).exit_code
        if code:
            raise ProcessEnded(f"The {name} was asked to end, and ended with code {code}.")
        return code is not None

    def start_again(self, name: str, is_ready: Callable[[], bool] = at_once) -> None:
        """Start another like the one that has ended; its log goes on."""
        program = self._find(name)
        program.let_go()
        self._running.remove(program)
        self._start(name, *program.command, log=program.log)
        self._starting.append(is_ready)

    def are_ready(self) -> bool:
        """Say whether all that were started again are ready, each by its own ``is_ready``."""
        self._starting = [is_ready for is_ready in self._starting if not is_ready()]
        return not self._starting

    def run(self, name: str, *command: str) -> Program:
        """Run a command to its end; what came of it is in its exit code and its log."""
        program = self.start(name, *command)
        try:
            while program.exit_code is None:
                time.sleep(0.1)
        finally:
            self._running.remove(program)
            program.let_go()
            program.end(time.monotonic())
        return program

    def check(self) -> None:
        """Raise ProcessEnded when one of them has ended by itself."""
        for program in self._running:
            if program.exit_code is not None and not program.is_to_end:
                raise ProcessEnded(f"The {program.name} ended with code {program.exit_code}.")

    def wait_until(self, is_ready: Callable[[], bool], *, what: str) -> None:
        """Raise DemoFailed when it takes too long, ProcessEnded when it cannot happen any more."""
        deadline = time.monotonic() + START_TIMEOUT
        while not is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise DemoFailed(f"{what} did not answer within {START_TIMEOUT} seconds.")
            time.sleep(0.1)

    def watch(self) -> None:
        """Return after Ctrl-C. Raise ProcessEnded when one of them ends before."""
        with suppress(KeyboardInterrupt):
            while True:
                self.check()
                time.sleep(1)

    def describe_logs(self) -> str:
        """Give the last lines of the logs: of those that ended if any did, else of all."""
        ended = [program for program in self._running if program.exit_code is not None]
        parts = (
            f"The end of {program.log}:\n{program.last_lines() or '(nothing)'}"
            for program in ended or self._running
        )
        return "\n\n".join(parts)

    def end_all(self) -> None:
        for program in self._running:
            program.let_go()
        deadline = time.monotonic() + PATIENCE
        while self._running:
            self._running.pop().end(deadline)

    def _find(self, name: str) -> Program:
        (program,) = [each for each in self._running if each.name == name]
        return program

    def _start(self, name: str, *command: str, log: Path) -> Program:
        program = Program(name, *command, log=log, environment=self._environment)
        self._running.append(program)
        return program


@contextmanager
def running_programs(directory: Path, environment: Mapping[str, str]) -> Iterator[Programs]:
    directory.mkdir(parents=True, exist_ok=True)
    programs = Programs(directory, environment)
    try:
        yield programs
    finally:
        programs.end_all()


def answers(url: str, *, timeout: float = 5) -> bool:
    """Say whether something there speaks HTTP, whatever it says, within so many seconds."""
    try:
        httpx.get(url, timeout=timeout, trust_env=False)
    except httpx.HTTPError:
        return False
    return True


def answers_well(url: str, *, timeout: float = 1) -> bool:
    """Say whether what is there answers 200, within so many seconds."""
    try:
        answer = httpx.get(url, timeout=timeout, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def refuse_busy_port(port: int, *, what: str, option: str) -> None:
    """Raise PortBusy when somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortBusy(
                f"Port {port}, where {what} would listen, is taken ({error.strerror}). Stop the "
                f"program that uses it (`make run` and `make emulator` do), "
                f"or choose another port with {option}."
            ) from error
