"""What `manage.py check` says of the token of the metrics."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def ids(*, deploy: bool = False) -> set[str]:
    return {each.id or "" for each in run_checks(include_deployment_checks=deploy)}


def set_token(settings: Settings, token: Any) -> None:
    settings.JOANIE = {**settings.JOANIE, "METRICS_TOKEN": token}


@pytest.mark.parametrize("token", ["short", "fifteen letters", 12, ["a" * 20], "é" * 20])
def test_a_token_that_is_easily_guessed_or_is_no_text_is_an_error(
    settings: Settings, token: Any
) -> None:
    set_token(settings, token)
    assert "joanie.E080" in ids()


@pytest.mark.parametrize("token", [None, "", "sixteen letters."])
def test_a_good_token_or_none_passes(settings: Settings, token: Any) -> None:
    set_token(settings, token)
    assert "joanie.E080" not in ids()


def test_a_deployed_site_whose_metrics_nobody_can_read_is_warned(settings: Settings) -> None:
    assert "joanie.W081" in ids(deploy=True)
    assert "joanie.W081" not in ids()
    set_token(settings, "sixteen letters.")
    assert "joanie.W081" not in ids(deploy=True)


def test_a_host_without_these_urls_is_not_warned(settings: Settings) -> None:
    settings.ROOT_URLCONF = "joanie.urls"
    assert "joanie.W081" not in ids(deploy=True)
