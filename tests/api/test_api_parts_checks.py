"""What cannot stand in the place of a part of Joanie is found at start."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings
from tests.api.test_api_serializers import ALL, PARTS

from joanie.conf import DEFAULTS

FULFILMENT = DEFAULTS["FULFILMENT"]


def ids(settings: Settings, **changes: Any) -> list[str]:
    settings.JOANIE = {**settings.JOANIE, **changes}
    messages = run_checks()
    return [message.id for message in messages if (message.id or "").startswith("joanie.E06")]


def test_good_parts_pass(settings: Settings) -> None:
    serializers = {kind: f"{PARTS}.{name}" for kind, name in ALL.items()}
    assert ids(settings, SERIALIZERS=serializers) == []
    assert ids(settings, PERMISSION_CLASSES=[f"{PARTS}.Members"]) == []
    assert ids(settings, USER_MAPPER="tests.api.test_api_user_mapper.by_subject") == []
    assert ids(settings, FULFILMENT="tests.core.shelves.Shelf") == []
    assert ids(settings, DOCUMENT_REFERENCES={"credit_note": "AV{year}-{number}"}) == []


@pytest.mark.parametrize(
    ("serializers", "expected"),
    [
        ([], "joanie.E064"),
        ({"cart": f"{PARTS}.HostOrderSerializer"}, "joanie.E064"),
        ({"order": f"{PARTS}.HostProductSerializer"}, "joanie.E065"),
        ({"order": "no.such.module"}, "joanie.E065"),
        ({"order": None}, "joanie.E065"),
        ({"organization": f"{PARTS}.OrganizationOfNoField"}, "joanie.E066"),
        ({"address": f"{PARTS}.AddressWithoutAPlace"}, "joanie.E066"),
        ({"address": f"{PARTS}.AddressWithAChosenId"}, "joanie.E066"),
        ({"credit_card": f"{PARTS}.CardOfSomebodyElse"}, "joanie.E066"),
    ],
)
def test_serializers(settings: Settings, serializers: Any, expected: str) -> None:
    assert ids(settings, SERIALIZERS=serializers) == [expected]


@pytest.mark.parametrize(
    "classes", ["shop.Members", [f"{PARTS}.HostOrderSerializer"], [f"{PARTS}.ByObject"], [12]]
)
def test_permissions(settings: Settings, classes: Any) -> None:
    assert ids(settings, PERMISSION_CLASSES=classes) == ["joanie.E067"]


@pytest.mark.parametrize(
    "mapper", [None, "", "no.such", f"{PARTS}.Members", "tests.api.parts.Any"]
)
def test_user_mapper(settings: Settings, mapper: Any) -> None:
    assert ids(settings, USER_MAPPER=mapper) == ["joanie.E068"]


@pytest.mark.parametrize("fulfilment", [None, "no.such", f"{PARTS}.Members"])
def test_fulfilment(settings: Settings, fulfilment: Any) -> None:
    assert ids(settings, FULFILMENT=fulfilment) == ["joanie.E063"]


@pytest.mark.parametrize(
    "form",
    [
        None,
        12,
        "",
        "PF-2026",
        "PF-{organization}-{number!r}",
        "PF-{order}-{number}",
        "PF-{number:6}",
        "PF-{year:04d}-{number}",
        "PF-{number}-{number}",
        "PF-{month}-{number}",
        "{year}{number}",
        "PF-1{number}",
        "-{number}",
        "PF/{number}",
        "PF {number}",
        "PÉ-{number}",
        "PF-{number",
        "P" * 60 + "{organization}-{number}",
        ["{number}"],
    ],
    ids=repr,
)
def test_a_format_of_references(settings: Settings, form: Any) -> None:
    assert ids(settings, DOCUMENT_REFERENCES={"proforma_invoice": form}) == ["joanie.E061"]


@pytest.mark.parametrize("formats", [None, "PF-{number}", {"invoice": "PF-{number}"}])
def test_formats_that_are_for_no_document(settings: Settings, formats: Any) -> None:
    assert ids(settings, DOCUMENT_REFERENCES=formats) == ["joanie.E060"]


def test_documents_of_two_kinds_with_one_format(settings: Settings) -> None:
    formats = {"proforma_invoice": "{year}-{number}", "credit_note": "{year}-{number:06d}"}
    assert ids(settings, DOCUMENT_REFERENCES=formats) == ["joanie.E062"]
