"""``make ngrok``, in front of a stand-in for the agent."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.service.stand_in_agent import describe, running_agent

ROOT = Path(__file__).parents[2]
# As a shell starts what runs in its background.
WITHOUT_CTRL_C = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh"]
ANNOUNCE = [sys.executable, str(ROOT / "docker/ngrok/announce.py")]
PUBLIC = "https://91ab-203-0-113-7.ngrok-free.app"


def announce(agent: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*ANNOUNCE, "--agent", agent, "--wait", "0.5", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(("arguments", "port"), [((), 8071), (("PORT=8081",), 8081)])
def test_an_agent_of_this_machine_leads_where_it_is_told(
    arguments: tuple[str, ...], port: int, tmp_path: Path
) -> None:
    (tmp_path / "ngrok").touch(0o700)
    shown = subprocess.run(
        ["make", "--dry-run", "ngrok", *arguments],
        env={"PATH": f"{tmp_path}{os.pathsep}{os.defpath}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f" -- ngrok http {port} " in shown.stdout


def test_it_prints_the_address_of_the_tunnel_and_nothing_else() -> None:
    with running_agent(describe("http://a.ngrok-free.app", PUBLIC)) as agent:
        said = announce(agent.url)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == f"Joanie is accessible on: {PUBLIC}\n"


def test_an_agent_that_runs_already_is_not_started_again() -> None:
    with running_agent(describe(PUBLIC)) as agent:
        said = announce(agent.url, "--", sys.executable, "-c", "print('started')")
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_agent_that_is_started_stays_until_it_is_interrupted(number: signal.Signals) -> None:
    port = free_port()
    agent = [sys.executable, str(ROOT / "tests/service/stand_in_agent.py"), str(port), PUBLIC]
    with subprocess.Popen(
        [*WITHOUT_CTRL_C, *ANNOUNCE, "--agent", f"http://127.0.0.1:{port}", "--", *agent],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        said = process.stdout.readline()
        process.send_signal(number)
        try:
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert said == f"Joanie is accessible on: {PUBLIC}\n"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_no_agent_says_where_the_token_goes() -> None:
    said = announce(f"http://127.0.0.1:{free_port()}")
    assert (said.returncode, said.stdout) == (1, "")
    assert "does not answer" in said.stderr
    assert "NGROK_AUTHTOKEN in env.d/ngrok" in said.stderr


def test_a_tunnel_without_https_is_named() -> None:
    with running_agent(describe("http://a.ngrok-free.app")) as agent:
        said = announce(agent.url)
    assert said.returncode == 1
    assert "No https tunnel within 0.5 seconds: its tunnels are http://a.ngrok" in said.stderr


def test_something_else_on_the_port_of_the_agent_is_not_believed() -> None:
    with running_agent(b"<h1>Welcome</h1>") as agent:
        said = announce(agent.url)
    assert (said.returncode, said.stderr) == (
        1,
        f"What answers at {agent.url} is no ngrok agent.\n",
    )


def test_an_agent_that_ends_in_error_is_not_waited_for() -> None:
    agent = [sys.executable, "-c", "import sys; sys.exit('ERR_NGROK_4018: no token')"]
    said = announce(f"http://127.0.0.1:{free_port()}", "--", *agent)
    assert said.returncode == 1
    assert "ERR_NGROK_4018" in said.stderr
    assert "ended in error" in said.stderr


def test_a_program_that_is_not_installed_is_named() -> None:
    said = announce(f"http://127.0.0.1:{free_port()}", "--", "ngrok-is-not-installed")
    assert (said.returncode, said.stdout) == (1, "")
    assert "ngrok-is-not-installed cannot be started" in said.stderr
