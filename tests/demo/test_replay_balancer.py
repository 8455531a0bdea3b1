"""One address for two web servers, and a clerk whose calls are cut off."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import httpx
import pytest

from joanie.demo.dataset import Registration
from joanie.demo.processes import Programs, answers, find_free_port, running_programs
from joanie.demo.replay import balancer, clerk
from joanie.demo.replay.clerk import Clerk, CutOff
from joanie.demo.replay.plan import Purchase, make_plan
from joanie.demo.replay.steps import Step


class Server(BaseHTTPRequestHandler):
    """Says on which port it is asked; cuts off as many calls as it is told to."""

    cuts: ClassVar[int] = 0
    keys: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self._answer(str(self.server.server_address[1]).encode())

    def do_POST(self) -> None:
        self.keys.append(self.headers["Idempotency-Key"])
        if len(self.keys) <= self.cuts:
            self.connection.close()
        else:
            self._answer(b"{}")

    def log_message(self, *args: object) -> None:
        """Nobody reads it."""

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def start_balancer(programs: Programs, *ports: int) -> str:
    port = find_free_port()
    programs.start("balancer", "-m", balancer.__name__, str(port), *map(str, ports))
    url = f"http://127.0.0.1:{port}/"
    programs.wait_until(lambda: answers(url), what="The balancer")
    return url


def ask(url: str, times: int) -> set[str]:
    return {httpx.get(url, trust_env=False).text for _ in range(times)}


@pytest.fixture
def purchase() -> Purchase:
    (purchase,) = make_plan([Registration("BBB", "2013J", "1", None, None)])
    return purchase


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "keys", [])
    monkeypatch.setattr(clerk, "PAUSES", (0.01, 0.01))


def test_connections_go_to_each_server_in_turn(tmp_path: Path) -> None:
    with running_programs(tmp_path, {}) as programs, serving() as one, serving() as two:
        url = start_balancer(programs, one, two)
        assert ask(url, 4) == {str(one), str(two)}


def test_what_one_server_refuses_goes_to_the_other(tmp_path: Path) -> None:
    with running_programs(tmp_path, {}) as programs, serving() as one:
        url = start_balancer(programs, find_free_port(), one)
        assert ask(url, 4) == {str(one)}


def test_a_call_that_is_cut_off_is_made_again_with_the_same_key(
    purchase: Purchase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "cuts", 2)
    with serving() as port, closing(Clerk(f"http://127.0.0.1:{port}", "")) as shopper:
        shopper.take(Step.ORDER, purchase, None, 0)
    assert len(Server.keys) == 3
    assert len({*Server.keys}) == 1
    assert len(shopper.repeated) == 2


def test_a_call_that_is_cut_off_every_time_is_put_off(
    purchase: Purchase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "cuts", 9)
    with (
        serving() as port,
        closing(Clerk(f"http://127.0.0.1:{port}", "")) as shopper,
        pytest.raises(CutOff, match=r"POST .*/orders/"),
    ):
        shopper.take(Step.ORDER, purchase, None, 0)
    assert len(Server.keys) == 3
