"""The id of a request, and the line about it."""

import logging
from typing import Any

import pytest
from django.test import Client

REQUEST_LOG = "joanie.operations.middleware"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO)
    return lambda: [each for each in caplog.records if each.name == REQUEST_LOG]


def test_a_request_is_given_an_id(client: Client) -> None:
    first, second = (client.get("/health/live").headers["X-Request-ID"] for _ in range(2))
    assert first != second


def test_the_id_that_a_proxy_gave_is_kept(client: Client) -> None:
    headers = {"X-Request-ID": "01J9ZK3V8Q.trace-7"}
    assert client.get("/health/live", headers=headers).headers["X-Request-ID"] == (
        "01J9ZK3V8Q.trace-7"
    )


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "with space", "a\nb: cdefgh", "<script>", "…" * 9]
)
def test_what_is_no_id_is_not_repeated(client: Client, given: str) -> None:
    answered = client.get("/health/live", headers={"X-Request-ID": given})
    assert answered.headers["X-Request-ID"] != given
    assert len(answered.headers["X-Request-ID"]) == 36


@pytest.mark.django_db
def test_a_line_has_the_view_and_nothing_that_was_sent(client: Client, lines: Any) -> None:
    client.get("/api/v1.0/products/?secret=4242", headers={"X-Request-ID": "request-1"})
    (line,) = lines()
    assert (line.view, line.status, line.method) == ("joanie:product-list", 200, "GET")
    assert "4242" not in repr(vars(line))


@pytest.mark.django_db
def test_a_page_that_is_not_there_has_no_view(client: Client, lines: Any) -> None:
    client.get("/reset/secret-token")
    assert [(line.view, line.status) for line in lines()] == [("none", 404)]


def test_probes_are_not_told_of(client: Client, lines: Any) -> None:
    client.get("/health/live")
    assert lines() == []
