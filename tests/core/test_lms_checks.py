"""A bad entry of LMS_BACKENDS is found at start, not at the first enrolment."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from joanie.lms_handler.base import BaseLMSBackend

DUMMY = {"backend": "joanie.lms_handler.dummy.DummyLMSBackend"}
OPENEDX = {"backend": "joanie.lms_handler.openedx.OpenEdXLMSBackend"}
GOOD = {"base_url": "https://lms.example.org", "api_key": "a key"}


class Unfinished(BaseLMSBackend):
    pass


def _ids(settings: Settings, backends: Any) -> list[str | None]:
    settings.JOANIE = {**settings.JOANIE, "LMS_BACKENDS": backends}
    return sorted(
        message.id or "" for message in run_checks() if (message.id or "").startswith("joanie.")
    )


@pytest.mark.parametrize(
    "backends",
    [
        [],
        [DUMMY],
        (DUMMY,),
        [{**DUMMY, "configuration": None}],
        [{**DUMMY, "prefix": "https://a.example.org/"}, DUMMY],
        [{**OPENEDX, "configuration": GOOD}],
    ],
)
def test_good_settings_pass(settings: Settings, backends: object) -> None:
    assert _ids(settings, backends) == []


@pytest.mark.parametrize("backends", [None, {}, "dummy", {"lms": DUMMY}], ids=repr)
def test_backends_that_are_no_list(settings: Settings, backends: object) -> None:
    assert _ids(settings, backends) == ["joanie.E040"]


@pytest.mark.parametrize(
    "entry",
    [
        None,
        DUMMY["backend"],
        {},
        {"backend": None},
        {**DUMMY, "prefix": None},
        {**DUMMY, "prefix": 12},
        {**DUMMY, "configuration": "secret"},
        {**DUMMY, "prefixes": []},
    ],
    ids=repr,
)
def test_an_entry_that_is_not_understood(settings: Settings, entry: object) -> None:
    assert _ids(settings, [entry]) == ["joanie.E041"]


@pytest.mark.parametrize("path", ["", "Dummy", "nowhere.to.be.Found", "joanie.lms_handler.No"])
def test_a_class_that_is_not_there(settings: Settings, path: str) -> None:
    assert _ids(settings, [{"backend": path}]) == ["joanie.E042"]


@pytest.mark.parametrize(
    "path", [f"{__name__}.Unfinished", f"{__name__}.DUMMY", "decimal.Decimal"]
)
def test_a_class_that_is_no_backend(settings: Settings, path: str) -> None:
    assert _ids(settings, [{"backend": path}]) == ["joanie.E043"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": None},
        {"base_url": "lms.example.org"},
        {"base_url": "ftp://lms.example.org"},
        {"base_url": "http://["},
        {"base_url": "https://joanie:its-password@lms.example.org"},
        {"api_key": ""},
        {"client_id": "joanie", "client_secret": "secret"},
        {"api_key": "", "client_id": "joanie"},
        {"course_id_pattern": "("},
        {"course_id_pattern": "/courses/(.*)"},
        {"apikey": "misspelt"},
    ],
    ids=repr,
)
def test_an_open_edx_that_cannot_work(settings: Settings, wrong: dict[str, object]) -> None:
    entry = {**OPENEDX, "configuration": {**GOOD, **wrong}}
    assert _ids(settings, [entry]) == ["joanie.E044"]


def test_an_entry_that_another_one_hides(settings: Settings) -> None:
    here = {**DUMMY, "prefix": "https://a.example.org/"}
    assert _ids(settings, [DUMMY, here]) == ["joanie.W045"]
    assert _ids(settings, [here, here]) == ["joanie.W045"]


def test_a_secret_is_not_part_of_a_message(settings: Settings) -> None:
    configuration = {"api_key": "sesame", "client_id": "sesame", "client_secret": "sesame"}
    settings.JOANIE = {
        **settings.JOANIE,
        "LMS_BACKENDS": [{**OPENEDX, "configuration": configuration}],
    }
    assert "sesame" not in repr(run_checks())
