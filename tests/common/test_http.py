"""Speaking with a provider that answers, that does not, and that talks nonsense."""

import logging
import socket
import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings
from tests.common.tiny_server import TinyServer, running_tiny_server

from joanie.common.exceptions import ProviderProtocolError, ProviderRejected, ProviderUnavailable
from joanie.common.http import JsonClient, read_json_object

# Less than twice the one is more than the other: a second try has no second limit.
LIMIT, AT_MOST = 0.8, 1.5
SECRET = "sk_live_do_not_show_me"


@pytest.fixture(autouse=True)
def _impatient(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "PROVIDER_TIMEOUT": LIMIT}


@pytest.fixture
def server() -> Iterator[TinyServer]:
    with running_tiny_server() as server:
        yield server


@pytest.fixture
def client(server: TinyServer) -> JsonClient:
    return JsonClient(f"{server.url}/", headers={"Authorization": f"Bearer {SECRET}"})


@pytest.fixture
def full_port() -> Iterator[int]:
    """Give a port where nobody answers the telephone: all lines are busy."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.settimeout(0)
            caller.connect_ex(("127.0.0.1", port))
        yield port
        for caller in callers:
            caller.close()


def test_a_request_carries_what_it_was_given(client: JsonClient, server: TinyServer) -> None:
    response = client.request(
        "POST", "/json", json={"amount": 12000}, params={"a": "b"}, idempotency_key="key-1"
    )
    assert read_json_object(response) == {"id": "pay_1"}
    ((method, path, headers, body),) = server.requests
    assert (method, path) == ("POST", "/json?a=b")
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Idempotency-Key"] == "key-1"
    assert body == b'{"amount":12000}'


@pytest.mark.parametrize("status", [200, 201, 301, 302, 307, 400, 401, 402, 403, 404, 409, 422])
def test_an_answer_below_500_is_given_as_it_is(
    client: JsonClient, server: TinyServer, status: int
) -> None:
    assert client.request("GET", f"/{status}").status_code == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_does_not_say_whether_it_acted_is_unavailable(
    client: JsonClient, server: TinyServer, method: str, status: int
) -> None:
    with pytest.raises(ProviderUnavailable) as unavailable:
        client.request(method, f"/{status}", idempotency_key="key-1")
    assert unavailable.value.context == {"reason": f"status {status}"}
    assert len(server.requests) == 1


@pytest.mark.parametrize("path", ["/silent", "/slow-body", "/slow-headers"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_does_not_end_is_unavailable_within_the_limit(
    client: JsonClient, method: str, path: str
) -> None:
    started = time.monotonic()
    with pytest.raises(ProviderUnavailable):
        client.request(method, path)
    assert LIMIT <= time.monotonic() - started < AT_MOST


def test_a_provider_that_lets_nobody_in_is_unavailable_within_the_limit(full_port: int) -> None:
    client = JsonClient(f"http://127.0.0.1:{full_port}", headers={})
    started = time.monotonic()
    with pytest.raises(ProviderUnavailable):
        client.request("POST", "/json", idempotency_key="key-1")
    assert LIMIT <= time.monotonic() - started < AT_MOST


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://provider.invalid"])
def test_a_provider_that_is_not_there_is_unavailable(url: str) -> None:
    with pytest.raises(ProviderUnavailable):
        JsonClient(url, headers={}).request("GET", "/json")


def test_a_provider_that_hangs_up_is_unavailable(client: JsonClient) -> None:
    with pytest.raises(ProviderUnavailable):
        client.request("GET", "/hang-up")


@pytest.mark.parametrize("path", ["/json\x00", "/json\r\nX: y"])
def test_a_path_that_is_none_is_not_sent(
    client: JsonClient, server: TinyServer, path: str
) -> None:
    with pytest.raises(ProviderRejected):
        client.request("GET", path)
    assert server.requests == []


@pytest.mark.parametrize(
    "url", ["provider.example.org", "ftp://provider.example.org", "http://[::"]
)
def test_an_address_that_is_none_is_a_fault_of_ours(url: str) -> None:
    with pytest.raises(ProviderRejected):
        JsonClient(url, headers={}).request("GET", "/json")


def test_a_key_with_a_line_break_is_a_fault_of_ours_and_not_shown(
    server: TinyServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = JsonClient(server.url, headers={"Authorization": f"Bearer {SECRET}\n"})
    with pytest.raises(ProviderRejected) as rejection:
        client.request("GET", "/json")
    assert SECRET not in f"{caplog.text} {rejection.value!r} {rejection.value.context}"


@pytest.mark.parametrize(
    "path", ["/list", "/number", "/empty", "/html", "/cut", "/bytes", "/204", "/404"]
)
def test_an_answer_that_is_no_object_is_not_understood(client: JsonClient, path: str) -> None:
    with pytest.raises(ProviderProtocolError) as nonsense:
        read_json_object(client.request("GET", path))
    assert isinstance(nonsense.value, ProviderUnavailable)
    assert nonsense.value.context["status"] in {200, 204, 404}


def test_a_proxy_of_the_environment_is_not_used(
    client: JsonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert client.request("GET", "/json").status_code == 200


@pytest.mark.parametrize("path", ["/json", "/401", "/500", "/silent", "/hang-up"])
def test_no_secret_is_shown(
    client: JsonClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    try:
        client.request("POST", path, json={"card": SECRET})
    except ProviderUnavailable as error:
        shown = f"{error} {error!r} {error.context}"
    else:
        shown = ""
    assert caplog.records
    assert SECRET not in f"{caplog.text} {client!r} {shown}"
