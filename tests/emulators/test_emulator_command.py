import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from flask import Flask
from pytest_django import Settings

from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.management.commands import joanie_emulator


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What the command would serve, instead of serving it for ever."""
    calls: dict[str, Any] = {}

    def take(app: Flask, *, host: str, port: int, announce: Callable[[str], None]) -> None:
        calls.update(app=app, host=host, port=port)

    monkeypatch.setattr(joanie_emulator, "serve", take)
    yield calls
    if "app" in calls:
        calls["app"].extensions["emulator"].close()


def accepts(app: Flask, secret: str) -> bool:
    with run_emulator(app) as base_url:
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.get(f"{base_url}/control", headers=headers).status_code == 200


def test_the_dummy_is_served_on_its_own_port(served: dict[str, Any]) -> None:
    call_command("joanie_emulator", "dummy")

    assert (served["host"], served["port"]) == ("127.0.0.1", 8072)


@pytest.mark.parametrize("name", joanie_emulator.EMULATORS)
def test_each_emulator_is_served_on_a_port_of_its_own(served: dict[str, Any], name: str) -> None:
    call_command("joanie_emulator", name)

    ports = {each: choice.default_port for each, choice in joanie_emulator.EMULATORS.items()}
    assert served["port"] == ports[name]
    assert len(set(ports.values())) == len(ports)


def test_each_provider_has_a_secret_of_its_own() -> None:
    names = [name for name, each in joanie_emulator.EMULATORS.items() if each.is_acquirer]

    assert len({joanie_emulator.default_secret(name) for name in names}) == len(names)


def test_the_first_account_has_the_secret_derived_from_django(
    served: dict[str, Any], settings: Settings
) -> None:
    settings.SECRET_KEY = "the key of the site"
    message = b"joanie.payment.backends.dummy"
    secret = hmac.new(b"the key of the site", message, hashlib.sha256).hexdigest()

    call_command("joanie_emulator", "dummy")

    assert accepts(served["app"], secret)


def test_more_accounts_can_be_named(served: dict[str, Any]) -> None:
    call_command("joanie_emulator", "dummy", "--secret", "one", "--secret", "two")

    assert accepts(served["app"], "two")


def test_a_host_that_others_can_reach_is_refused(served: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match="this machine only"):
        call_command("joanie_emulator", "dummy", "--host", "0.0.0.0")

    assert served == {}


def test_an_emulator_that_does_not_exist_is_refused(served: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("joanie_emulator", "nobody")
