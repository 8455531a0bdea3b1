"""A time, a limit, a switch or an address that cannot work is found at start."""

import re
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from joanie.conf import joanie_settings
from joanie.core.settings_checks import LIMITS, SECONDS, SWITCHES

OURS = re.compile(r"joanie\.E(00[4-9]|05[5-9])")
SHOP = "https://shop.example.org"


def _ids(settings: Settings, **changes: Any) -> list[str]:
    settings.JOANIE = {**settings.JOANIE, **changes}
    ids = (message.id or "" for message in run_checks())
    return [each for each in ids if OURS.fullmatch(each)]


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


@pytest.mark.parametrize("days", [30, "mails", [], True])
def test_a_retention_that_says_nothing_of_kinds(settings: Settings, days: object) -> None:
    assert _ids(settings, RETENTION_DAYS=days) == ["joanie.E055"]


@pytest.mark.parametrize("kind", ["orders", "", None, 7])
def test_kinds_that_are_not_let_go(settings: Settings, kind: object) -> None:
    assert _ids(settings, RETENTION_DAYS={kind: 7}) == ["joanie.E056"]


@pytest.mark.parametrize("days", [0, -1, "90", 1.5, True, 10**9])
def test_days_that_are_none(settings: Settings, days: object) -> None:
    assert _ids(settings, RETENTION_DAYS={"jobs": days}) == ["joanie.E057"]


def test_mails_go_after_the_warnings_that_they_are(settings: Settings) -> None:
    assert _ids(settings, RETENTION_DAYS={"mails": 30}) == ["joanie.E057"]
    assert _ids(settings, RETENTION_DAYS={"mails": 31, "jobs": None}) == []


def test_webhooks_go_after_the_days_that_they_are_tried_for(settings: Settings) -> None:
    assert _ids(settings, RETENTION_DAYS={"webhooks": 3}) == ["joanie.E057"]
    assert _ids(settings, RETENTION_DAYS={"webhooks": 4}) == []


def test_a_retention_may_be_left_out_in_part_or_switched_off(settings: Settings) -> None:
    assert _ids(settings, RETENTION_DAYS=None) == _ids(settings, RETENTION_DAYS={}) == []
    assert joanie_settings.retention_days["notifications"] == 90
    settings.JOANIE = {**settings.JOANIE, "RETENTION_DAYS": None}
    assert set(joanie_settings.retention_days.values()) == {None}


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
