import io

import httpx
import pytest

from joanie.demo.narration import Narrator, width


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(stream: io.StringIO) -> str:
    Narrator(stream).step("Buy")
    return stream.getvalue()


def test_a_file_gets_no_colours() -> None:
    assert told(io.StringIO()) == "\n 1. Buy\n"


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\033[" in told(Terminal())


def test_who_wants_no_colours_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert told(Terminal()) == "\n 1. Buy\n"


def test_a_call_shows_method_address_and_status() -> None:
    stream = io.StringIO()
    answer = httpx.Response(201, stream=httpx.ByteStream(b""))
    with httpx.Client(transport=httpx.MockTransport(lambda _: answer)) as client:
        response = client.post("http://shop.example/orders/?a=1")
    Narrator(stream).call(response)
    assert stream.getvalue().split()[:3] == ["POST", "/orders/?a=1", "201"]


def test_a_page_shows_its_whole_address_less_what_is_asked_of_it() -> None:
    stream = io.StringIO()
    answer = httpx.Response(200, stream=httpx.ByteStream(b""))
    with httpx.Client(transport=httpx.MockTransport(lambda _: answer)) as client:
        response = client.get("http://provider.example/form?client_token=secret")
    Narrator(stream).page(response)
    assert stream.getvalue().split()[:3] == ["GET", "http://provider.example/form?…", "200"]


def test_columns_of_a_table_line_up_in_any_script() -> None:
    stream = io.StringIO()
    Narrator(stream).table(("Seller", "Total"), [("港森大学", "1"), ("Northmere", "2")])
    lines = stream.getvalue().splitlines()
    assert {width(line.rstrip()[:-1]) for line in lines[2:]} == {width("    Northmere  ")}
