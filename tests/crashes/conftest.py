import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from flask import Flask
from pytest_django import Settings
from tests.crashes.mortal import LOOPBACK, Fate, World
from tests.crashes.processes import Processes, warm_up
from tests.crashes.shop import Shop
from tests.provider import Provider
from tests.shop import SECRET, provider

from joanie.emulators.dummy import create_app
from joanie.emulators.kit.acquirer.current import EXTENSION
from joanie.emulators.kit.serving import run_emulator

__all__ = ["provider"]


@pytest.fixture(scope="session")
def emulator() -> Flask:
    """Give a provider that soon gives up on a server that is down."""
    return create_app([SECRET], retry_base=0.003)


@pytest.fixture(scope="session")
def emulator_url(emulator: Flask) -> Iterator[str]:
    with run_emulator(emulator) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def _warm() -> None:
    warm_up()


@pytest.fixture
def shop(
    _warm: None,
    transactional_db: None,
    emulator: Flask,
    provider: Provider,
    settings: Settings,
    tmp_path: Path,
) -> Iterator[Shop]:
    """Give a shop with a web server of its own, on the database of the tests."""
    port = _free_port()
    for folder in ("fate", "mails"):
        (tmp_path / folder).mkdir()
    world = World(
        database=str(connection.settings_dict["NAME"]),
        settings={
            "ALLOWED_HOSTS": [LOOPBACK],
            "DEBUG": False,
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(tmp_path / "mails"),
            "JOANIE": {
                **settings.JOANIE,
                "PUBLIC_BASE_URL": f"http://{LOOPBACK}:{port}",
                "THROTTLE_RATES": None,
                # Nobody is late here, however busy the machine is.
                "PROVIDER_TIMEOUT": 20,
                "LOCK_TIMEOUT": 10,
            },
            "MEDIA_ROOT": settings.MEDIA_ROOT,
        },
        log=tmp_path / "log",
        fate=Fate(tmp_path / "fate"),
    )
    processes = Processes(world, port)
    yield Shop(processes, provider, emulator.extensions[EXTENSION])
    processes.end()
    print(world.log.read_text(errors="replace"))  # noqa: T201 - shown when the test fails


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
