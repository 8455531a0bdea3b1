"""Paths of our calls may hold a card's token; httpx would show them."""

import logging
from collections.abc import Iterator

import httpx
import pytest
from tests.common.tiny_server import TinyServer, running_tiny_server

from joanie.common.http import JsonClient


@pytest.fixture
def server() -> Iterator[TinyServer]:
    with running_tiny_server() as server:
        yield server


def test_no_path_of_ours_is_logged(server: TinyServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    JsonClient(server.url, headers={}).request("GET", "/json", params={"card": "card_1"})
    assert f"GET {server.url}: 200" in caplog.text
    assert "/json" not in caplog.text
    assert "card_1" not in caplog.text


def test_what_the_host_calls_is_logged_as_ever(
    server: TinyServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    JsonClient(server.url, headers={}).request("GET", "/empty")
    httpx.get(f"{server.url}/json", trust_env=False)
    assert "/json" in caplog.text
    assert "/empty" not in caplog.text
