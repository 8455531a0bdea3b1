"""An emulator that is asked by other machines, or tells them: only when it was told so."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from flask import Flask

from joanie.emulators.kit.errors import InvalidFieldError
from joanie.emulators.kit.fields import Fields
from joanie.emulators.management.commands import joanie_emulator

TUNNEL = "https://x.ngrok-free.app/api/v1.0/payments/notifications/dummy/"
HERE = ("--host", "0.0.0.0", "--allow-host", "emulator.localhost")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Flask]]:
    """Give what the command would serve, instead of serving it for ever."""
    apps: list[Flask] = []

    def take(app: Flask, **_options: Any) -> None:
        apps.append(app)

    monkeypatch.setattr(joanie_emulator, "serve", take)
    yield apps
    for app in apps:
        app.extensions["emulator"].close()


def read_notification_url(app: Flask, url: str) -> str:
    with app.app_context():
        return Fields({"notification_url": url}).loopback_url("notification_url")


@pytest.mark.parametrize(
    ("host", "status"),
    [("emulator.localhost:8072", 200), ("127.0.0.1:8072", 200), ("rebound.example", 400)],
)
def test_it_answers_under_the_names_it_was_given(
    served: list[Flask], host: str, status: int
) -> None:
    call_command("joanie_emulator", "dummy", *HERE)
    assert served[0].test_client().get("/", headers={"Host": host}).status_code == status


def test_it_tells_the_hosts_it_was_given(served: list[Flask]) -> None:
    call_command("joanie_emulator", "dummy", "--allow-host", "X.ngrok-free.app")
    assert read_notification_url(served[0], TUNNEL) == TUNNEL


@pytest.mark.parametrize(
    "url", ["https://y.ngrok-free.app/", "https://x.ngrok-free.app.evil.example/"]
)
def test_it_tells_no_others(served: list[Flask], url: str) -> None:
    call_command("joanie_emulator", "dummy", "--allow-host", "x.ngrok-free.app")
    with pytest.raises(InvalidFieldError, match="on this machine"):
        read_notification_url(served[0], url)


def test_it_tells_nobody_elsewhere_unless_it_was_told(served: list[Flask]) -> None:
    call_command("joanie_emulator", "dummy")
    with pytest.raises(InvalidFieldError, match="on this machine"):
        read_notification_url(served[0], TUNNEL)


def test_an_endpoint_elsewhere_takes_its_host(served: list[Flask]) -> None:
    with pytest.raises(CommandError, match="add its --allow-host"):
        call_command("joanie_emulator", "stripe", "--notify", TUNNEL)
    call_command(
        "joanie_emulator", "stripe", "--notify", TUNNEL, "--allow-host", "x.ngrok-free.app"
    )
