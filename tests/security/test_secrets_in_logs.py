"""What the watch over the whole suite sees, and what may be shown of our objects."""

import logging
from typing import Any

import pytest
from django.views.debug import SafeExceptionReporterFilter
from pytest_django import Settings
from tests.common.tiny_server import running_tiny_server
from tests.provider import Provider
from tests.security.secrets_in_text import SecretFinder, Watch
from tests.shop import SECRET

from joanie.common.exceptions import ProviderRejected
from joanie.common.http import JsonClient
from joanie.payment.backends.dummy.client import DummyClient
from joanie.payment.backends.registry import build_backend
from joanie.payment.backends.types import Attempt, ProviderPayment
from joanie.payment.services.payment_request import PaymentRequest

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VybmFtZSI6ImdyYWNlIn0.c2lnbmF0dXJl"
TOLD: list[tuple[str, tuple[Any, ...]]] = [
    ("asked with %s", (f"Bearer {TOKEN}",)),
    ("asked with %s", (TOKEN,)),
    ("%s", ({"Authorization": "Token abc"},)),
    ("DELETE /v1/cards/%s", ("card_0123456789abcdef01234567",)),
    ("paid with %s", ("4242 4242 4242 4242",)),
    ("cvc=%s", ("123",)),
    ("payment_method_nonce: %s", ("nonce-from-the-browser",)),
    ("Dummy-Signature: t=1,v1=%s", ("0" * 64,)),
    ("configured with %s", (SECRET,)),
]


@pytest.fixture
def watch(secrets_of_tests: SecretFinder) -> Watch:
    """Give one of its own: what it sees does not fail the test."""
    return Watch(secrets_of_tests)


def record(message: str, *args: Any, **details: Any) -> logging.LogRecord:
    return logging.LogRecord("joanie.x", logging.INFO, "x.py", 1, message, args, None, **details)


@pytest.mark.parametrize(("message", "args"), TOLD)
def test_a_secret_is_seen_in_a_line(watch: Watch, message: str, args: Any) -> None:
    watch.handle(record(message, *args))
    assert watch.lines


def test_a_secret_is_seen_in_what_goes_with_a_line(watch: Watch) -> None:
    line = record("a job begins")
    line.job = {"task_kwargs": {"card": "card_0123456789abcdef01234567"}}
    watch.handle(line)
    assert watch.lines


@pytest.mark.parametrize("message", ["Payment pay_000001 was settled", "card …4242", "cvc", "1.5"])
def test_a_plain_line_is_none(watch: Watch, message: str) -> None:
    watch.handle(record(message))
    assert not watch.lines


def test_the_watch_is_on(request: pytest.FixtureRequest) -> None:
    watch: Watch = request.getfixturevalue("_watch")
    logging.getLogger("any.library").debug("token %s", TOKEN)
    assert watch.lines
    watch.lines.clear()


def test_a_header_that_http_cannot_say_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with running_tiny_server() as server:
        client = JsonClient(server.url, headers={"Authorization": f"Bearer {SECRET}\n"})
        with pytest.raises(ProviderRejected) as rejection:
            client.request("GET", "/json")
    logging.getLogger("any").error("It broke", exc_info=rejection.value)
    assert "It broke" in caplog.text
    assert SECRET not in caplog.text


def test_no_object_of_ours_shows_a_secret(
    provider: Provider, secrets_of_tests: SecretFinder
) -> None:
    backend: Any = build_backend("dummy")
    secret: Any = {"payment_method_nonce": "nonce-1234", "device_data": "device-1234"}
    card: Any = {"token": "card_0123456789abcdef01234567"}
    common: Any = [None] * 5
    shown = [
        backend,
        backend.client,
        backend.client._http,
        DummyClient({"secret": SECRET}),
        Attempt(*common, **secret),
        PaymentRequest({}, "", **secret),
        ProviderPayment(*common[:3], saved_card=card),
    ]
    text = repr(shown)
    assert secrets_of_tests.find(text) is None
    assert "1234" not in text


def test_no_error_report_shows_a_secret_of_the_settings(settings: Settings) -> None:
    secrets = {name: f"{name} to hide" for name in ("key", "account", "old", "sync", "hook")}
    account = {"secret": secrets["account"], "other_secrets": [secrets["old"]]}
    settings.JOANIE = {
        "JWT_SIGNING_KEY": secrets["key"],
        "PAYMENT_BACKENDS": {"dummy": {"configuration": account}},
        "COURSE_RUN_SYNC_SECRETS": [secrets["sync"]],
        "CATALOGUE_HOOKS": [{"url": "https://x", "secret": secrets["hook"]}],
    }
    assert "to hide" not in repr(SafeExceptionReporterFilter().get_safe_settings()["JOANIE"])
