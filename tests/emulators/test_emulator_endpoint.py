"""``joanie_emulator NAME --notify URL``: where an account is told, from the beginning."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from flask import Flask

from joanie.emulators.kit.acquirer.current import EXTENSION
from joanie.emulators.management.commands import joanie_emulator

URL = "http://127.0.0.1:8071/api/v1.0/payments/notifications/stripe/"


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


@pytest.mark.parametrize("name", ["braintree", "dummy", "payplug", "stripe"])
def test_the_first_account_is_told_there(name: str, served: list[Flask]) -> None:
    call_command("joanie_emulator", name, "--notify", URL)
    state = served[0].extensions[EXTENSION]
    assert state.endpoint(state.accounts.numbered(1)) == URL


def test_an_address_elsewhere_is_refused(served: list[Flask]) -> None:
    with pytest.raises(CommandError, match="of this machine"):
        call_command("joanie_emulator", "stripe", "--notify", "https://shop.example.org/")


def test_who_has_nothing_to_tell_says_so(served: list[Flask]) -> None:
    with pytest.raises(CommandError, match="leave --notify out"):
        call_command("joanie_emulator", "openedx", "--notify", URL)
