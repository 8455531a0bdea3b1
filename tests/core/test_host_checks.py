"""What a host project has to be like is said before anything breaks."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from pytest_django import Settings


def ids(*, deploy: bool = False) -> set[str | None]:
    return {message.id for message in run_checks(include_deployment_checks=deploy)}


def test_the_sandbox_is_a_host_without_faults() -> None:
    assert not {"joanie.E022", "joanie.E023", "joanie.W024"} & ids(deploy=True)


def test_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite")
    assert "joanie.E022" in ids()


def test_moments_without_a_time_zone_are_refused(settings: Settings) -> None:
    settings.USE_TZ = False
    assert "joanie.E023" in ids()


IN_MEMORY = {"BACKEND": "django.core.files.storage.InMemoryStorage"}


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [({"MEDIA_ROOT": ""}, True), ({"MEDIA_ROOT": "", "STORAGES": {"default": IN_MEMORY}}, False)],
)
def test_documents_have_a_place_of_their_own_when_deployed(
    settings: Settings, changes: Mapping[str, Any], is_told: bool
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert ("joanie.W024" in ids(deploy=True)) is is_told
    assert "joanie.W024" not in ids()
