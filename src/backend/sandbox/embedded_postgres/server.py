"""One server per data directory: whoever needs it first starts it, all share it."""

import fcntl
import os
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg import sql

from sandbox.embedded_postgres.account import ServerAccount, server_account
from sandbox.embedded_postgres.cluster import SUPERUSER, create_cluster
from sandbox.embedded_postgres.exceptions import EmbeddedPostgresError
from sandbox.embedded_postgres.postmaster import (
    State,
    cluster_name,
    kill_leftovers,
    postmaster_pid,
    state,
)
from sandbox.embedded_postgres.programs import run_program
from sandbox.embedded_postgres.socket_dir import (
    PORT,
    prepare_socket_dir,
    remove_short_socket_dir,
    socket_dir,
)

START_TIMEOUT = 300  # seconds: after a kill, what was not written yet is replayed first
STOP_TIMEOUT = 60

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class ConnectionParameters(TypedDict):
    host: str
    port: str
    user: str
    dbname: str


_found: set[tuple[int | None, str]] = set()


def ensure_running(data_dir: Path, *, database: str = "postgres") -> ConnectionParameters:
    """Start the server and create the database where they are missing; then say where they are.

    Cheap enough to ask before every connection, by any number of processes at once.
    """
    data_dir = data_dir.resolve()
    account = server_account(data_dir)
    if state(data_dir) != State.READY or (postmaster_pid(data_dir), database) not in _found:
        with _exclusive(data_dir) as lock:
            if not data_dir.exists():
                create_cluster(data_dir, account, lock=lock)
            _start(data_dir, account)
            _create_missing_database(data_dir, database)
        _found.add((postmaster_pid(data_dir), database))
    return _connection_parameters(data_dir, database)


def stop(data_dir: Path) -> bool:
    """Close its connections and end it; False when it was not running."""
    data_dir = data_dir.resolve()
    if postmaster_pid(data_dir) is None:
        return False
    with _exclusive(data_dir):
        if pid := postmaster_pid(data_dir):
            os.kill(pid, signal.SIGINT)
        _wait_while(data_dir, *set(State) - {State.STOPPED}, seconds=STOP_TIMEOUT)
        remove_short_socket_dir(data_dir)
    return True


def _start(data_dir: Path, account: ServerAccount) -> None:
    # Somebody who was killed while starting it, or a `pg_ctl stop`, may have left it half-way.
    _wait_while(data_dir, State.STARTING, State.STOPPING, seconds=START_TIMEOUT)
    if state(data_dir) == State.READY:
        return
    kill_leftovers(data_dir)
    (data_dir / "postmaster.pid").unlink(missing_ok=True)
    sockets = prepare_socket_dir(data_dir, account)
    settings = SETTINGS | {
        "cluster_name": cluster_name(data_dir),
        "unix_socket_directories": "." if sockets == data_dir else str(sockets),
    }
    options = shlex.join(f"--{name}={value}" for name, value in settings.items())
    pg_ctl_options = ["--pgdata=.", "--log=log", f"--timeout={START_TIMEOUT}"]
    pg_ctl = run_program(
        "pg_ctl", "start", *pg_ctl_options, f"--options={options}", account=account, cwd=data_dir
    )
    if state(data_dir) != State.READY:
        log = data_dir / "log"
        end_of_log = log.read_text()[-2000:] if log.exists() else ""
        raise EmbeddedPostgresError(
            f"PostgreSQL did not start.\n{pg_ctl.stdout}\nThe end of {log}:\n{end_of_log}"
        )


def _create_missing_database(data_dir: Path, name: str) -> None:
    parameters = _connection_parameters(data_dir, "postgres")
    with psycopg.connect(**parameters, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.rowcount == 0:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _connection_parameters(data_dir: Path, database: str) -> ConnectionParameters:
    return {
        "host": str(socket_dir(data_dir)),
        "port": PORT,
        "user": SUPERUSER,
        "dbname": database,
    }


def _wait_while(data_dir: Path, *states: State, seconds: int) -> None:
    deadline = time.monotonic() + seconds
    while (current := state(data_dir)) in states:
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"PostgreSQL is still {current} after {seconds} s: read {data_dir / 'log'}."
            )
        time.sleep(0.02)


@contextmanager
def _exclusive(data_dir: Path) -> Iterator[int]:
    """One process at a time starts or stops the server. A killed one lets go by itself."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(data_dir.with_name(f"{data_dir.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)
