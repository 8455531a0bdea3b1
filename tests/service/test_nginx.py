"""A real nginx, with the file of the image, in front of a real gunicorn."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.service.servers import free_port, get, running_gunicorn, running_nginx

ECHO = "tests.service.echo:application"
NOTIFICATIONS = "/api/v1.0/payments/notifications/shop/"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def site(directory: Path) -> Iterator[tuple[str, str]]:
    with (
        running_gunicorn(ECHO, directory / "gunicorn.log") as upstream,
        running_nginx(directory, upstream.address) as addresses,
    ):
        yield addresses


@pytest.fixture(scope="module")
def world(site: tuple[str, str]) -> str:
    return site[0]


def told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["told"]
    return found


def test_the_address_that_counts_is_not_the_one_that_is_claimed(world: str) -> None:
    found = told(get(world, **{"X-Forwarded-For": "203.0.113.9"}))
    assert found["HTTP_X_FORWARDED_FOR"].split(",")[-1].strip() == "127.0.0.1"


def test_nobody_can_claim_to_have_come_by_https(world: str) -> None:
    found = told(get(world, **{"X-Forwarded-Proto": "https", "X_Forwarded_Proto": "https"}))
    assert (found["HTTP_X_FORWARDED_PROTO"], found["wsgi.url_scheme"]) == ("http", "http")


def test_what_ends_tls_in_front_has_a_port_that_says_so(site: tuple[str, str]) -> None:
    found = told(get(site[1], **{"X-Forwarded-For": "203.0.113.9"}))
    assert found["HTTP_X_FORWARDED_PROTO"] == "https"
    assert found["HTTP_X_FORWARDED_FOR"] == "203.0.113.9, 127.0.0.1"


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-Host", "X-Forwarded-Port", "Proxy"])
def test_other_words_of_proxies_go_no_further(world: str, name: str) -> None:
    assert f"HTTP_{name.upper().replace('-', '_')}" not in told(get(world, **{name: "evil"}))


def test_host_and_token_arrive_as_they_are(world: str) -> None:
    found = told(get(world, Host="shop.example.org:8071", Authorization="Bearer a.b.c"))
    assert found["HTTP_HOST"] == "shop.example.org:8071"
    assert found["HTTP_AUTHORIZATION"] == "Bearer a.b.c"
    assert len(found["HTTP_X_REQUEST_ID"]) == 32


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "/health/ready", "/health/live", "/health/all", "//metrics"]
)
def test_what_is_for_operators_is_not_for_the_world(site: tuple[str, str], path: str) -> None:
    assert [get(address + path).status_code for address in site] == [404, 404]


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        (NOTIFICATIONS, 300 * 1024, 200),
        (NOTIFICATIONS, 1100 * 1024, 413),
        ("/admin/", 9 * 1024 * 1024, 200),
        ("/admin/", 11 * 1024 * 1024, 413),
    ],
)
def test_a_body_has_a_limit(world: str, path: str, size: int, status: int) -> None:
    try:
        answer = httpx.post(world + path, content=b"x" * size, timeout=30, trust_env=False)
    except httpx.WriteError:  # nginx need not read what it refuses
        assert status == 413
    else:
        assert answer.status_code == status


def flood(address: str) -> list[int]:
    with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
        statuses = [client.post(NOTIFICATIONS).status_code for _ in range(400)]
        assert client.get("/").status_code == 200
    return statuses


def test_a_flood_of_notifications_is_slowed_down(world: str) -> None:
    statuses = flood(world)
    assert statuses[:100] == [200] * 100
    assert 429 in statuses


def test_all_providers_behind_one_balancer_are_not_taken_for_one(site: tuple[str, str]) -> None:
    assert set(flood(site[1])) == {200}


def test_json_is_compressed_for_who_takes_it(world: str) -> None:
    assert get(world, **{"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in get(world, **{"Accept-Encoding": "identity"}).headers


def test_the_log_has_no_query_and_no_header(world: str, directory: Path) -> None:
    get(f"{world}/return/?session=cs_test_1", Authorization="Bearer a.b.c")
    lines = (directory / "access.log").read_text().splitlines()
    assert json.loads(lines[-1])["path"] == "/return/"
    assert not [line for line in lines if "cs_test_1" in line or "a.b.c" in line]


@pytest.mark.parametrize("end", ["/return/", "/return"])
def test_the_log_has_no_address_of_the_page_after_a_payment(
    world: str, directory: Path, end: str
) -> None:
    secret = "b1946ac9-2d5c-4b6e-8f3d-000000000001"
    get(f"{world}//api/v1.0/payments/{secret}{end}")
    lines = (directory / "access.log").read_text().splitlines()
    assert json.loads(lines[-1])["path"] == "/api/v1.0/payments/-/return/"
    assert not [line for line in lines if secret in line]


def test_what_goes_wrong_with_a_request_is_logged_without_its_address(tmp_path: Path) -> None:
    with running_nginx(tmp_path, f"127.0.0.1:{free_port()}") as here:
        assert get(f"{here[0]}/api/v1.0/payments/a-secret/return/?session=cs_1").status_code == 502
    assert (tmp_path / "error.log").read_text() == ""
    assert json.loads((tmp_path / "access.log").read_text())["status"] == 502


def post(address: str, body: bytes = b"") -> int:
    return httpx.post(address, content=body, timeout=30, trust_env=False).status_code


def test_one_web_process_of_two_may_stop(tmp_path: Path) -> None:
    with running_gunicorn(ECHO, tmp_path / "stays.log") as stays, ExitStack() as stack:
        ends = stack.enter_context(running_gunicorn(ECHO, tmp_path / "ends.log"))
        with running_nginx(tmp_path, stays.address, ends.address) as here:
            assert len({get(here[0]).json()["pid"] for _ in range(20)}) == 2
            stack.close()
            assert {post(here[0]) for _ in range(20)} == {200}


def test_a_purchase_that_was_begun_is_not_begun_again_elsewhere(tmp_path: Path) -> None:
    """The first server takes the request, and dies without an answer."""
    with (
        socket.create_server(("127.0.0.1", 0)) as dying,
        running_gunicorn(ECHO, tmp_path / "gunicorn.log") as lives,
        running_nginx(tmp_path, f"127.0.0.1:{dying.getsockname()[1]}", lives.address) as here,
        socket.create_connection(("127.0.0.1", int(here[0].rpartition(":")[2]))) as client,
    ):
        client.sendall(b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
        taken, _ = dying.accept()
        assert taken.recv(1000).startswith(b"POST / HTTP/1.1")
        taken.close()
        assert b" 502 " in client.recv(100)
