"""A time, a limit, a switch or an address that cannot work is found at start."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from joanie.core.settings_checks import LIMITS, SECONDS, SWITCHES

SHOP = "https://shop.example.org"


def _ids(settings: Settings, **changes: Any) -> list[str]:
    settings.JOANIE = {**settings.JOANIE, **changes}
    ids = (message.id or "" for message in run_checks())
    return [each for each in ids if "joanie.E004" <= each <= "joanie.E009"]


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("seconds", [0, -1, None, "10", True, float("inf"), float("nan")])
def test_seconds_that_cannot_pass(settings: Settings, name: str, seconds: object) -> None:
    assert _ids(settings, **{name: seconds}) == ["joanie.E004"]


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("limit", [0, -1, None, "10", True, 1.5])
def test_limits_that_limit_nothing_or_all(settings: Settings, name: str, limit: object) -> None:
    assert _ids(settings, **{name: limit}) == ["joanie.E005"]


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("value", ["false", 0, None])
def test_switches_that_are_neither_on_nor_off(
    settings: Settings, name: str, value: object
) -> None:
    assert _ids(settings, **{name: value}) == ["joanie.E006"]


@pytest.mark.parametrize("url", ["shop.example.org", "ftp://shop.example.org", "//x", 8000])
def test_public_addresses_that_nobody_reaches(settings: Settings, url: object) -> None:
    assert _ids(settings, PUBLIC_BASE_URL=url) == ["joanie.E007"]


@pytest.mark.parametrize("urls", [None, SHOP, [""], ["/courses/"], ["https://[::1"], [None]])
def test_return_urls_that_allow_nothing(settings: Settings, urls: object) -> None:
    assert _ids(settings, ALLOWED_RETURN_URLS=urls) == ["joanie.E008"]


@pytest.mark.parametrize("url", [SHOP, f"{SHOP}/{{order}}", "/orders/{order_id}", 1])
def test_pages_that_lead_to_no_order(settings: Settings, url: object) -> None:
    assert _ids(settings, ORDER_PAGE_URL=url) == ["joanie.E009"]


def test_values_that_work(settings: Settings) -> None:
    assert (
        _ids(
            settings,
            LOCK_TIMEOUT=0.5,
            MAX_DECLINES_PER_HOUR=1,
            ALLOW_DUMMY=False,
            PUBLIC_BASE_URL=SHOP,
            ALLOWED_RETURN_URLS=(f"{SHOP}/courses/", "http://localhost:3000"),
            ORDER_PAGE_URL=f"{SHOP}/orders/{{order_id}}",
        )
        == []
    )
