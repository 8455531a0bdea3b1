"""A bad secret or catalogue in the settings is found at start."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

HOOK = {"url": "https://catalogue.example.org/hook", "secret": "theirs"}


def _ids(settings: Settings, **changes: Any) -> list[str]:
    settings.JOANIE = {**settings.JOANIE, **changes}
    ids = (message.id or "" for message in run_checks())
    return [each for each in ids if each.startswith("joanie.E05")]


@pytest.mark.parametrize("secrets", [[], ["new"], ("new", "old")])
def test_secrets_that_sign(settings: Settings, secrets: object) -> None:
    assert _ids(settings, COURSE_RUN_SYNC_SECRETS=secrets) == []


@pytest.mark.parametrize("secrets", [None, "new", [""], ["new", " "], [b"new"], {"a": "b"}])
def test_secrets_that_do_not(settings: Settings, secrets: object) -> None:
    assert _ids(settings, COURSE_RUN_SYNC_SECRETS=secrets) == ["joanie.E050"]


@pytest.mark.parametrize("hooks", [[], [HOOK], (HOOK, {**HOOK, "url": "https://b.example.org"})])
def test_catalogues_that_can_be_told(settings: Settings, hooks: object) -> None:
    assert _ids(settings, CATALOGUE_HOOKS=hooks) == []


@pytest.mark.parametrize("hooks", [None, HOOK, HOOK["url"]])
def test_catalogues_that_are_no_list(settings: Settings, hooks: object) -> None:
    assert _ids(settings, CATALOGUE_HOOKS=hooks) == ["joanie.E051"]


@pytest.mark.parametrize(
    "hook", [None, HOOK["url"], {}, {"url": HOOK["url"]}, {**HOOK, "secret": " "}], ids=repr
)
def test_a_catalogue_without_a_secret(settings: Settings, hook: object) -> None:
    assert _ids(settings, CATALOGUE_HOOKS=[hook]) == ["joanie.E052"]


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "catalogue.example.org",
        "http://catalogue.example.org",
        "ftp://catalogue.example.org",
        "https://",
        "https://[::",
        "https://a:b@catalogue.example.org",
        "https://catalogue.example.org:port",
    ],
)
def test_a_catalogue_that_cannot_be_called(settings: Settings, url: object) -> None:
    assert _ids(settings, CATALOGUE_HOOKS=[{**HOOK, "url": url}]) == ["joanie.E053"]


def test_a_catalogue_without_encryption_is_for_development(settings: Settings) -> None:
    settings.DEBUG = True
    hook = {**HOOK, "url": "http://localhost:8000/hook"}
    assert _ids(settings, CATALOGUE_HOOKS=[hook]) == []


def test_a_catalogue_twice(settings: Settings) -> None:
    assert _ids(settings, CATALOGUE_HOOKS=[HOOK, HOOK]) == ["joanie.E054"]


def test_no_message_shows_a_secret(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "CATALOGUE_HOOKS": [{"url": "x", "secret": "theirs"}]}
    assert "theirs" not in str(run_checks())
