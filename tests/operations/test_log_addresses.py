"""The address of a request is in no line of the log, whoever writes it."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string

from joanie.operations.json_lines import JsonLines

ATTEMPT = "6a1cf3a5-2f2c-4c55-9d0c-1d1f0a7c9b11"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Write what Django says of requests as the service does."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    for name in settings.LOGGING["handlers"]["console"]["filters"]:
        handler.addFilter(import_string(settings.LOGGING["filters"][name]["()"])())
    logging.getLogger("django").addHandler(handler)
    yield written
    logging.getLogger("django").removeHandler(handler)


@pytest.mark.django_db
def test_what_is_not_there_is_told_of_by_its_view(client: Client, log: StringIO) -> None:
    client.get(f"/api/v1.0/payments/{ATTEMPT}/return/?session=abc")
    assert '"message": "Not Found: joanie:payment-return"' in log.getvalue()
    assert ATTEMPT not in log.getvalue()
    assert "abc" not in log.getvalue()


@pytest.mark.django_db
def test_an_address_without_a_view_is_not_told(client: Client, log: StringIO) -> None:
    client.get("/reset/é\n-token")
    assert '"message": "Not Found: none"' in log.getvalue()
    assert "token" not in log.getvalue()


def test_a_method_that_there_is_not_is_told_of_by_its_view(client: Client, log: StringIO) -> None:
    client.post("/health/live")
    assert '"message": "Method Not Allowed (POST): joanie_operations:live"' in log.getvalue()


def test_lines_about_no_request_stay_as_they_are(log: StringIO) -> None:
    logging.getLogger("django").warning("Look at %s", "/health/live")
    assert '"message": "Look at /health/live"' in log.getvalue()
