"""Fixtures for the whole suite: a clean queue, the dummy allowed, no secret in any log."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings
from tests.security.secrets_in_text import NOT_OURS, SecretFinder, Watch


@pytest.fixture(autouse=True)
def _joanie_settings(settings: Settings, tmp_path: Path) -> None:
    """Allow the dummy (tests run without DEBUG), and keep documents out of the project."""
    settings.JOANIE = {**settings.JOANIE, "ALLOW_DUMMY": True, "LOCK_TIMEOUT": 2}
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _own_cache() -> None:
    """Forget how many requests were made: limits are in force in tests."""
    cache.clear()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """Forget the language of a request: Django's middleware leaves it active."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _empty_queue(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Empty the queue after a test that commits: its tables are not Django's to flush."""
    yield
    marker = request.node.get_closest_marker("django_db")
    is_marked = marker is not None and marker.kwargs.get("transaction", False)
    if is_marked or "transactional_db" in request.fixturenames:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.fixture(scope="session")
def secrets_of_tests() -> SecretFinder:
    """Know the secrets that tests are run with, and what looks like one."""
    # Django is not set up yet when this file is read.
    from tests.shop import SECRET  # noqa: PLC0415

    from joanie.payment.backends.dummy.client import get_secret  # noqa: PLC0415

    return SecretFinder({SECRET, get_secret({}), "a key of at least thirty-two bytes"})


@pytest.fixture(scope="session")
def _watch(request: pytest.FixtureRequest, secrets_of_tests: SecretFinder) -> Iterator[Watch]:
    """Read what is logged, down to DEBUG; everybody else hears of it from their old level on."""
    root, watch = logging.getLogger(), Watch(secrets_of_tests)
    level, plugin = root.level, request.config.pluginmanager.get_plugin("logging-plugin")
    for handler in (*root.handlers, plugin.caplog_handler, plugin.report_handler):
        handler.setLevel(max(level, handler.level))
    for name in NOT_OURS:
        logging.getLogger(name).setLevel(level)
    root.addHandler(watch)
    root.setLevel(logging.DEBUG)
    yield watch
    root.setLevel(level)
    root.removeHandler(watch)


@pytest.fixture(autouse=True)
def _no_secret_is_logged(_watch: Watch) -> Iterator[None]:
    """Fail a test that had a secret logged."""
    _watch.lines.clear()
    yield
    assert not _watch.lines, "\n".join(_watch.lines)
