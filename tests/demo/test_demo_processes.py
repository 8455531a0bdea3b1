import signal
import socket
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from joanie.demo.exceptions import PortBusy, ProcessEnded
from joanie.demo.processes import (
    LOOPBACK,
    answers,
    answers_well,
    find_free_port,
    refuse_busy_port,
    running_programs,
)

SLEEP = ("shell", "--verbosity=0", "--command", "import time; print('here I am'); time.sleep(60)")
OBSTINATE = (
    "shell",
    "--verbosity=0",
    "--command",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('here I am'); time.sleep(60)",
)


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def is_up(log: Path) -> bool:
    return "here I am" in log.read_text()


def test_a_busy_port_is_refused_with_what_to_do(busy_port: int) -> None:
    with pytest.raises(PortBusy, match=f"Port {busy_port}, where the shop .* --port"):
        refuse_busy_port(busy_port, what="the shop", option="--port")


@pytest.mark.parametrize("option", ["port", "emulator_port"])
def test_the_command_starts_nothing_when_a_port_is_busy(
    option: str, busy_port: int, settings: Settings
) -> None:
    settings.DEBUG = True
    told = StringIO()
    with pytest.raises(CommandError, match=f"Port {busy_port}.*--{option.replace('_', '-')}"):
        call_command(
            "joanie_demo", **{"port": 0, "emulator_port": 0, option: busy_port}, stdout=told
        )
    assert not told.getvalue()


def test_the_demo_is_for_development(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("joanie_demo", once=True)


def test_programs_end_when_we_let_go_of_them(tmp_path: Path) -> None:
    """So they do when we die, even of a kill: what lets go is the end of an open file."""
    with running_programs(tmp_path, {}) as programs:
        started = [programs.start(name, *SLEEP) for name in ("one", "two")]
        programs.wait_until(lambda: all(is_up(each.log) for each in started), what="They")
    assert [program.exit_code for program in started] == [-signal.SIGTERM, -signal.SIGTERM]


def test_a_program_that_does_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("joanie.demo.processes.PATIENCE", 0.2)
    with running_programs(tmp_path, {}) as programs:
        program = programs.start("one", *OBSTINATE)
        programs.wait_until(lambda: is_up(program.log), what="It")
    assert program.exit_code == -signal.SIGKILL


def test_a_program_that_is_killed_starts_again_and_its_log_goes_on(tmp_path: Path) -> None:
    with running_programs(tmp_path, {}) as programs:
        killed = programs.start("one", *SLEEP)
        programs.wait_until(lambda: is_up(killed.log), what="It")
        programs.kill_and_start_again("one")
        twice = "here I am\nhere I am"
        programs.wait_until(lambda: twice in killed.log.read_text(), what="It")
    assert killed.exit_code == -signal.SIGKILL


def test_a_command_is_run_to_its_end_beside_the_others(tmp_path: Path) -> None:
    with running_programs(tmp_path, {}) as programs:
        ended = programs.run("one", "-m", "this")
        programs.check()
    assert ended.exit_code == 0
    assert "Namespaces are one honking great idea" in ended.last_lines()


def test_a_program_that_ends_by_itself_is_noticed_with_its_log(tmp_path: Path) -> None:
    with running_programs(tmp_path, {}) as programs:
        programs.start("web", *SLEEP)
        programs.start("worker", "no_such_command")
        with pytest.raises(ProcessEnded, match="The worker ended with code 1"):
            programs.wait_until(lambda: False, what="It")
        assert "no_such_command" in programs.describe_logs()
        assert "web.log" not in programs.describe_logs()


def test_a_server_that_answers_is_not_therefore_well(tmp_path: Path) -> None:
    port = find_free_port()
    site = f"http://{LOOPBACK}:{port}"
    assert not answers_well(f"{site}/")
    with running_programs(tmp_path, {}) as programs:
        programs.start("one", "-m", "http.server", str(port), "--bind", LOOPBACK)
        programs.wait_until(lambda: answers_well(f"{site}/"), what="It")
        assert answers(f"{site}/nothing")
        assert not answers_well(f"{site}/nothing")


def test_a_module_runs_on_a_leash_too(tmp_path: Path) -> None:
    with running_programs(tmp_path, {}) as programs:
        program = programs.start("one", "-m", "this")
        with pytest.raises(ProcessEnded, match="The one ended with code 0"):
            programs.wait_until(lambda: False, what="It")
        assert "Namespaces are one honking great idea" in program.last_lines()
