"""Programs that are restarted one after another while learners are buying."""

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from joanie.demo.exceptions import DemoFailed, ProcessEnded
from joanie.demo.narration import Narrator
from joanie.demo.processes import Programs, running_programs
from joanie.demo.replay.faults import WorkerKiller
from joanie.demo.replay.rolling import RollingRestart
from joanie.demo.replay.stage import ReplayStage

NAMES = ["worker-1", "web-1"]
# What each does when it is asked to end.
POLITE = "lambda *_: sys.exit()"
CLUMSY = "lambda *_: sys.exit(3)"
OBSTINATE = "signal.SIG_IGN"
MORTAL = "signal.SIG_DFL"
PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGTERM, {at_end})
print("here I am")
time.sleep(60)
"""

Roll = Callable[..., RollingRestart]
Start = Callable[[str, str], None]


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    path = os.pathsep.join([str(tmp_path), *sys.path])
    with running_programs(tmp_path, {"PYTHONPATH": path}) as programs:
        yield programs


@pytest.fixture
def start(programs: Programs, tmp_path: Path) -> Start:
    def start(name: str, at_end: str) -> None:
        module = f"program_{name.replace('-', '_')}"
        (tmp_path / f"{module}.py").write_text(PROGRAM.format(at_end=at_end))
        program = programs.start(name, "-m", module)
        programs.wait_until(lambda: "here I am" in program.log.read_text(), what="It")

    return start


@pytest.fixture
def watch_start(tmp_path: Path) -> Callable[[str], Callable[[], bool]]:
    def watch(name: str) -> Callable[[], bool]:
        log = tmp_path / f"{name}.log"
        before = log.read_text().count("here I am")
        return lambda: log.read_text().count("here I am") > before

    return watch


@pytest.fixture
def told() -> list[str]:
    """Give what starts and what is noted, in that order."""
    return []


@pytest.fixture
def roll(
    programs: Programs,
    start: Start,
    told: list[str],
    watch_start: Callable[[str], Callable[[], bool]],
) -> Roll:
    for name in NAMES:
        start(name, POLITE)

    def watch(name: str) -> Callable[[], bool]:
        told.append(f"{name} starts, ended: {programs.has_ended_well(name)}")
        return watch_start(name)

    def make(*names: str, sold: Iterable[int] = itertools.count()) -> RollingRestart:
        return RollingRestart(
            programs,
            names,
            watch_start=watch,
            note=lambda name: told.append(f"{name} is ready"),
            count_sold=partial(next, iter(sold)),
        )

    return make


def make_round(rolling: RollingRestart, share: float) -> None:
    rolling.check(share)
    rolling.finish()


def test_each_program_ends_and_is_ready_again_before_the_next_one_ends(
    roll: Roll, told: list[str]
) -> None:
    rolling = roll(*NAMES)
    make_round(rolling, 0.3)
    make_round(rolling, 0.7)
    a_round = [
        "worker-1 starts, ended: True",
        "worker-1 is ready",
        "web-1 starts, ended: True",
        "web-1 is ready",
    ]
    assert told == [*a_round, *a_round]


def test_what_was_bought_during_each_round_is_counted(roll: Roll) -> None:
    rolling = roll("web-1", sold=[10, 15, 40, 40])
    make_round(rolling, 0.3)
    make_round(rolling, 0.7)
    assert rolling.sold == [5, 0]


def test_no_round_begins_when_hardly_anybody_is_left_to_buy(
    roll: Roll, programs: Programs
) -> None:
    rolling = roll("web-1")
    for share in (0.81, 1, 1.5):
        make_round(rolling, share)
    assert rolling.sold == []
    assert not programs.is_ending("web-1")


def test_a_round_begins_when_its_part_of_the_purchases_is_made(
    roll: Roll, programs: Programs
) -> None:
    rolling = roll("web-1")
    rolling.check(0.24)
    assert not programs.is_ending("web-1")
    for _ in range(2):
        rolling.check(0.25)
    assert programs.is_ending("web-1")


def test_without_names_nothing_is_restarted(roll: Roll, told: list[str]) -> None:
    make_round(roll(), 0.5)
    assert told == []


def test_a_program_that_does_not_end_in_time_is_named(
    roll: Roll, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    start("obstinate", OBSTINATE)
    monkeypatch.setattr("joanie.demo.replay.rolling.PATIENCE", 0.1)
    monkeypatch.setattr("joanie.demo.processes.PATIENCE", 0.1)
    with pytest.raises(DemoFailed, match="for the obstinate to end"):
        make_round(roll("obstinate"), 0.5)


@pytest.mark.parametrize(("at_end", "code"), [(CLUMSY, 3), (MORTAL, -signal.SIGTERM)])
def test_a_program_that_dies_of_being_asked_to_end_is_named(
    at_end: str, code: int, roll: Roll, start: Start
) -> None:
    start("clumsy", at_end)
    with pytest.raises(ProcessEnded, match=f"The clumsy was asked .* code {code}"):
        make_round(roll("clumsy"), 0.5)


def test_what_was_just_killed_is_ready_before_anything_is_asked_to_end(
    roll: Roll, programs: Programs
) -> None:
    is_up = iter([False, False, True])
    programs.kill_and_start_again("web-1", partial(next, is_up))
    rolling = roll("worker-1")
    for _ in range(3):
        rolling.check(0.5)
        assert not programs.is_ending("worker-1")
    rolling.check(0.5)
    assert programs.is_ending("worker-1")


def test_a_program_that_ends_by_itself_is_not_one_that_is_restarted(
    roll: Roll, programs: Programs
) -> None:
    programs.start("other", "no_such_command")
    rolling = roll(*NAMES)
    with pytest.raises(ProcessEnded, match="The other ended"):
        programs.wait_until(lambda: bool(rolling.check(0)), what="It")


def test_a_worker_that_is_about_to_end_is_not_killed(programs: Programs, start: Start) -> None:
    for name in ("worker-1", "worker-2"):
        start(name, POLITE)
    killer = WorkerKiller(programs, 0, names=["worker-1", "worker-2"], note=lambda: None)
    programs.ask_to_end("worker-1")
    killer.check()
    assert killer.kills == 1
    assert not programs.is_ending("worker-2")


def test_no_worker_is_killed_while_another_is_starting(programs: Programs, start: Start) -> None:
    start("worker", POLITE)
    is_up = iter([False, True, True])
    killer = WorkerKiller(
        programs, 0, watch_start=lambda _: partial(next, is_up), note=lambda: None
    )
    kills = []
    for _ in range(3):
        killer.check()
        kills.append(killer.kills)
    assert kills == [1, 1, 2]


def test_what_is_restarted_runs_more_than_once() -> None:
    stage = ReplayStage(0, 0, Narrator(StringIO()), is_rolling=True)
    assert list(stage.web_servers) == ["web-1", "web-2"]
    assert stage.workers == ["worker-1", "worker-2", "worker-3"]
    assert stage.restarted == [*stage.workers, *stage.web_servers]


def test_what_is_not_restarted_runs_once() -> None:
    stage = ReplayStage(8073, 8074, Narrator(StringIO()))
    assert (stage.web_servers, stage.workers) == ({"web": 8073}, ["worker"])
    assert stage.restarted == []
