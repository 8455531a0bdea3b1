"""One dictionary of settings, read when asked."""

from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from joanie.conf import DEFAULTS, joanie_settings


def test_a_setting_has_a_default(settings: Settings) -> None:
    del settings.JOANIE
    assert {name: getattr(joanie_settings, name) for name in DEFAULTS} == dict(DEFAULTS)


def test_a_setting_is_read_each_time(settings: Settings) -> None:
    settings.JOANIE = {"LOCK_TIMEOUT": 7}
    assert (joanie_settings.LOCK_TIMEOUT, joanie_settings.PROVIDER_TIMEOUT) == (7, 10)
    settings.JOANIE = {"LOCK_TIMEOUT": 8}
    assert joanie_settings.LOCK_TIMEOUT == 8


@pytest.mark.parametrize("name", ["LOCK_TIME_OUT", "lock_timeout", "_", "__wrapped__"])
def test_a_setting_that_nobody_wrote_is_a_mistake(name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        getattr(joanie_settings, name)


@pytest.mark.parametrize("configured", [None, [], "LOCK_TIMEOUT"])
def test_settings_that_are_no_dictionary_are_refused(
    settings: Settings, configured: object
) -> None:
    settings.JOANIE = configured
    with pytest.raises(ImproperlyConfigured):
        _ = joanie_settings.LOCK_TIMEOUT


@pytest.mark.parametrize(("rate", "number"), [("5.5", "5.5"), (5.5, "5.5"), (20, "20")])
def test_the_default_vat_rate_is_a_number(settings: Settings, rate: object, number: str) -> None:
    settings.JOANIE = {"DEFAULT_VAT_RATE": rate}
    assert joanie_settings.default_vat_rate == Decimal(number)
