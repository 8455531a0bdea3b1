"""gunicorn, with the configuration of the image."""

import runpy
import socket
from pathlib import Path

import pytest
from tests.service.environments import ROOT
from tests.service.servers import get, running_gunicorn

ECHO = "tests.service.echo:application"
BEGINNING = b"""POST / HTTP/1.1
Host: shop.example.org
Content-Length: 2
Expect: 100-continue

""".replace(b"\n", b"\r\n")


def test_a_request_that_is_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    with running_gunicorn(ECHO, tmp_path / "log") as served:
        host, _, port = served.address.partition(":")
        with socket.create_connection((host, int(port)), timeout=30) as client:
            client.sendall(BEGINNING)
            assert client.recv(100).startswith(b"HTTP/1.1 100 ")
            served.process.terminate()
            client.sendall(b"{}")
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        assert served.process.wait(30) == 0


def test_a_header_does_not_make_a_request_secure_by_itself(tmp_path: Path) -> None:
    with running_gunicorn(ECHO, tmp_path / "log") as served:
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on"}
        told = get(f"http://{served.address}", **headers).json()["told"]
    assert told["wsgi.url_scheme"] == "http"


def test_processes_are_as_many_as_the_environment_says(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running_gunicorn(ECHO, log, WEB_CONCURRENCY="2"):
        pass
    assert log.read_text().count("Booting worker") == 2


def test_processes_are_not_replaced_all_the_time() -> None:
    """Each leaves what it counted, for as long as the service runs."""
    configuration = runpy.run_path(str(ROOT / "docker/gunicorn.conf.py"))
    assert not configuration.get("max_requests")


def test_processes_that_ended_are_not_measured_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for pid in (1, 2):
        (tmp_path / f"gauge_liveall_{pid}.db").touch()
    configuration = runpy.run_path(str(ROOT / "docker/gunicorn.conf.py"))
    configuration["child_exit"](None, type("Worker", (), {"pid": 1}))
    assert [path.name for path in tmp_path.iterdir()] == ["gauge_liveall_2.db"]
