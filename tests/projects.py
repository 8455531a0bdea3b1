"""Host projects made from nothing, in a directory and a database of their own."""

import os
import re
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.db import connection
from psycopg import sql
from tests.docs.pages import Block

AT_ITS_END = " (at its end)"
OF_OURS = re.compile("DJANGO|JOANIE|PYTHONPATH")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def connect(database: str) -> psycopg.Connection[Any]:
    """Connect to a database beside that of the tests."""
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password")
    where = {name: parameters[name] for name in names if name in parameters}
    return psycopg.connect(dbname=database, autocommit=True, **where)


@contextmanager
def new_database() -> Iterator[str]:
    """Give the name of a new database, beside that of the tests."""
    name = f"shop_{uuid.uuid4().hex[:8]}"
    with connect("postgres") as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield name
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Project:
    """A directory, and the programs that run there, found in ``programs`` first.

    Those that keep running write to a file named after what they do, until ``stack`` is closed.
    """

    def __init__(self, directory: Path, programs: Path, stack: ExitStack) -> None:
        self.directory = directory
        self.programs = programs
        self.stack = stack

    def write(self, block: Block) -> None:
        path = self.directory / block.title.removesuffix(AT_ITS_END)
        path.parent.mkdir(parents=True, exist_ok=True)
        is_added = block.title.endswith(AT_ITS_END)
        with path.open("a" if is_added else "w", encoding="utf-8") as file:
            file.write(block.code)

    def run(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.directory,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout

    def start(self, command: list[str]) -> None:
        log = self.stack.enter_context(self.log(command[2]).open("w"))
        process = subprocess.Popen(
            command, cwd=self.directory, env=self.environment(), stdout=log, stderr=log
        )
        self.stack.callback(process.wait, 30)
        self.stack.callback(process.terminate)

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

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

    def environment(self) -> dict[str, str]:
        """Say where PostgreSQL is in its own words, and leave our settings out."""
        parameters = connection.get_connection_params()
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        place = {name: str(parameters[key]) for key, name in names.items() if parameters.get(key)}
        inherited = {name: value for name, value in os.environ.items() if not OF_OURS.search(name)}
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return {**inherited, **place, "PATH": path, "PYTHONUNBUFFERED": "1"}
