"""Programs that are restarted one after another while learners are buying."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from joanie.demo.exceptions import DemoFailed, ProcessEnded
from joanie.demo.narration import Narrator
from joanie.demo.processes import Programs, running_programs
from joanie.demo.replay.faults import WorkerKiller
from joanie.demo.replay.rolling import RollingRestart
from joanie.demo.replay.stage import ReplayStage

NAMES = ["web-1", "worker-1"]
SERVER = ("-m", "http.server", "0", "--bind", "127.0.0.1")
OBSTINATE = (
    "shell",
    "--verbosity=0",
    "--command",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('here I am'); time.sleep(60)",
)

Roll = Callable[..., RollingRestart]


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    with running_programs(tmp_path, {}) as programs:
        for name in NAMES:
            programs.start(name, *SERVER)
        yield programs


@pytest.fixture
def told() -> list[str]:
    """Give what starts and what is noted, in that order."""
    return []


@pytest.fixture
def roll(programs: Programs, told: list[str]) -> Roll:
    def watch_start(name: str) -> Callable[[], bool]:
        told.append(f"{name} starts, ended: {programs.has_ended(name)}")
        return lambda: True

    def make(*names: str) -> RollingRestart:
        note = lambda name: told.append(f"{name} is ready")  # noqa: E731
        return RollingRestart(programs, names, watch_start=watch_start, note=note)

    return make


def test_each_program_ends_and_is_ready_again_before_the_next_one_ends(
    roll: Roll, told: list[str]
) -> None:
    roll(*NAMES).finish()
    a_round = [
        "web-1 starts, ended: True",
        "web-1 is ready",
        "worker-1 starts, ended: True",
        "worker-1 is ready",
    ]
    assert told == [*a_round, *a_round]


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
    roll().finish()
    assert told == []


def test_a_program_that_does_not_end_in_time_is_named(
    roll: Roll, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    obstinate = programs.start("obstinate", *OBSTINATE)
    programs.wait_until(lambda: "here I am" in obstinate.log.read_text(), what="It")
    monkeypatch.setattr("joanie.demo.replay.rolling.PATIENCE", 0.1)
    monkeypatch.setattr("joanie.demo.processes.PATIENCE", 0.1)
    with pytest.raises(DemoFailed, match="for the obstinate to end"):
        roll("obstinate").finish()


def test_a_program_that_ends_by_itself_is_not_one_that_is_restarted(
    roll: Roll, programs: Programs
) -> None:
    programs.start("other", "no_such_command")
    rolling = roll(*NAMES)
    with pytest.raises(ProcessEnded, match="The other ended"):
        programs.wait_until(lambda: bool(rolling.check(0)), what="It")


def test_a_worker_that_is_about_to_end_is_not_killed(programs: Programs) -> None:
    killer = WorkerKiller(programs, 0, names=NAMES, note=lambda: None)
    programs.ask_to_end("web-1")
    killer.check()
    assert killer.kills == 1
    assert not programs.is_ending("worker-1")


def test_what_is_restarted_runs_more_than_once() -> None:
    stage = ReplayStage(0, 0, Narrator(StringIO()), is_rolling=True)
    assert list(stage.web_servers) == ["web-1", "web-2"]
    assert stage.workers == ["worker-1", "worker-2", "worker-3"]
    assert stage.restarted == [*stage.web_servers, *stage.workers]


def test_what_is_not_restarted_runs_once() -> None:
    stage = ReplayStage(8073, 8074, Narrator(StringIO()))
    assert (stage.web_servers, stage.workers) == ({"web": 8073}, ["worker"])
    assert stage.restarted == []
