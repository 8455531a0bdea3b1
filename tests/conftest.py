"""Fixtures for the whole suite: a clean queue, the dummy allowed, cheap passwords."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings


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
