"""“Sell your first course”, done by the letter: in a project of its own, with its own programs."""

import os
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connection
from psycopg import sql
from tests.docs.pages import Block, read_blocks, read_commands
from tests.system.learner import text_of

PAGE = "tutorials/sell-your-first-course.md"
AT_ITS_END = " (at its end)"
# What a reader types before there is a project, or has already.
PREPARATION = {"python -m venv", ". .venv/bin/activate", "pip install", "createdb shop"}
SERVERS = {"joanie_emulator", "procrastinate", "runserver"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def database(django_db_blocker: object, django_db_setup: None) -> Iterator[str]:
    """Give the name of a new database, beside that of the tests."""
    parameters = connection.get_connection_params()
    name = f"shop_{uuid.uuid4().hex[:8]}"
    where = {
        key: parameters[key] for key in ("host", "port", "user", "password") if key in parameters
    }
    with psycopg.connect(dbname="postgres", autocommit=True, **where) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield name
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def environment() -> dict[str, str]:
    """Say where PostgreSQL is in its own words, and leave our settings out."""
    parameters = connection.get_connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    place = {name: str(parameters[key]) for key, name in names.items() if parameters.get(key)}
    inherited = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**inherited, **place, "PATH": path, "PYTHONUNBUFFERED": "1"}


def write(block: Block, project: Path) -> None:
    path = project / block.title.removesuffix(AT_ITS_END)
    path.parent.mkdir(parents=True, exist_ok=True)
    is_added = block.title.endswith(AT_ITS_END)
    with path.open("a" if is_added else "w", encoding="utf-8") as file:
        file.write(block.code)


def run(command: list[str], project: Path) -> str:
    done = subprocess.run(
        command,
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Programs:
    """The servers of the tutorial; each writes to a file named after it."""

    def __init__(self, project: Path, stack: ExitStack) -> None:
        self.project = project
        self.stack = stack

    def start(self, command: list[str]) -> None:
        log = self.stack.enter_context(self.log(command[2]).open("w"))
        process = subprocess.Popen(
            command, cwd=self.project, env=environment(), stdout=log, stderr=log
        )
        self.stack.callback(process.wait, 30)
        self.stack.callback(process.terminate)

    def log(self, name: str) -> Path:
        return self.project / f"{name}.log"

    def wait_for(self, url: str) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(url, trust_env=False, timeout=5)
            except httpx.TransportError:
                assert time.monotonic() < deadline, self.log("runserver").read_text()
                time.sleep(0.2)
            else:
                return


def test_the_tutorial_sells_a_course(database: str, tmp_path: Path) -> None:
    shop, provider = (f"127.0.0.1:{free_port()}" for _ in range(2))
    replacements = {
        "127.0.0.1:8000": shop,
        "127.0.0.1:8072": provider,
        "--port 8072": f"--port {provider.rpartition(':')[2]}",
        '"NAME": "shop"': f'"NAME": "{database}"',
    }
    printed = ""
    with ExitStack() as stack:
        programs = Programs(tmp_path, stack)
        for block in read_blocks(PAGE, replacements):
            if block.title:
                write(block, tmp_path)
            elif block.language == "console":
                for command in read_commands(block):
                    if any(" ".join(command).startswith(known) for known in PREPARATION):
                        continue
                    if len(command) > 2 and command[2] in SERVERS:
                        programs.start(command)
                        continue
                    if command[-1] == "buy.py":
                        programs.wait_for(f"http://{provider}/")
                        programs.wait_for(f"http://{shop}/api/v1.0/docs/")
                    printed = run(command, tmp_path)
            elif block.language == "text":
                assert_printed(printed, block.code)
        wait_until_mailed(programs.log("procrastinate"))
        assert "Sold: Botany for beginners for €120.00 to learner-1" in (
            programs.log("runserver").read_text()
        )
        said = text_of((tmp_path / "invoice.pdf").read_bytes())
        assert "Thank you for learning with us." in said
        assert "does not add up" not in run(["python", "manage.py", "verify_ledger"], tmp_path)


def assert_printed(printed: str, shown: str) -> None:
    """Compare with what the page shows, where “…” stands for anything."""
    pattern = ".+".join(re.escape(part) for part in shown.split("…"))
    assert re.fullmatch(pattern, printed), printed


def wait_until_mailed(log: Path) -> None:
    deadline = time.monotonic() + 60
    while "learner-1@example.org" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
