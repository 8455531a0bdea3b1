"""What may stand on an invoice as the address of a learner."""

from typing import Any

import pytest

from joanie.core.billing_address import FIELDS, InvalidBillingAddress, clean_billing_address

ADDRESS = {
    "first_name": "Some",
    "last_name": "Learner",
    "address": "10 rue de la Paix",
    "postcode": "75002",
    "city": "Paris",
    "country": "FR",
}
LIMITS = {"first_name": 100, "last_name": 100, "address": 255, "postcode": 20, "city": 100}


def _errors(data: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidBillingAddress) as refusal:
        clean_billing_address(data)
    return dict(refusal.value.errors)


def test_a_complete_address_is_kept() -> None:
    assert clean_billing_address(ADDRESS) == ADDRESS


def test_only_the_six_fields_are_kept() -> None:
    cleaned = clean_billing_address({**ADDRESS, "title": "Home", "is_main": True, "owner": 1})
    assert set(cleaned) == set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_space_around_a_field_is_taken_away(field: str) -> None:
    assert clean_billing_address({**ADDRESS, field: f" \t{ADDRESS[field]}\n "}) == ADDRESS


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_needed(field: str) -> None:
    assert set(_errors({**ADDRESS, field: ""})) == {field}
    assert set(_errors({name: ADDRESS[name] for name in FIELDS if name != field})) == {field}


def test_all_that_is_missing_is_named_at_once() -> None:
    assert set(_errors({})) == set(FIELDS)


@pytest.mark.parametrize("value", [None, 12, 1.5, True, ["a"], {"a": "b"}, b"a"], ids=repr)
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_a_text(field: str, value: object) -> None:
    assert set(_errors({**ADDRESS, field: value})) == {field}


@pytest.mark.parametrize(("field", "limit"), LIMITS.items())
def test_a_field_fits_on_a_document(field: str, limit: int) -> None:
    assert clean_billing_address({**ADDRESS, field: "x" * limit})[field] == "x" * limit
    assert set(_errors({**ADDRESS, field: "x" * (limit + 1)})) == {field}


@pytest.mark.parametrize(
    "text",
    [
        "   ",
        "\u00a0\u3000",
        "\u200b",
        "\u200b\u200d\ufeff",
        "a\x00b",
        "a\nb",
        "a\rb",
        "a\tb",
        "a\x1b[31mb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "a\u2029b",
        "a\ue000b",
        "a\ud800b",
        "a\uffffb",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("field", LIMITS)
def test_a_field_can_be_printed_on_one_line(field: str, text: str) -> None:
    assert set(_errors({**ADDRESS, field: text})) == {field}


NAMES = "Zoë O'Connor Nguyễn 李小龍 محمد श्री Ñandú-Œuvre ทองดี क्\u200dष"


@pytest.mark.parametrize("name", [*NAMES.split(), "J. 2nd"])
def test_a_name_of_any_script_is_kept(name: str) -> None:
    assert clean_billing_address({**ADDRESS, "last_name": name})["last_name"] == name


@pytest.mark.parametrize("country", ["", "XX", "France", "F", "FR\x00", "🇫🇷", "999", "F R"])
def test_a_country_is_one_of_iso_3166(country: str) -> None:
    assert set(_errors({**ADDRESS, "country": country})) == {"country"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("GB", "GB"), ("JP", "JP"), ("RE", "RE"), ("fr", "FR"), ("FRA", "FR"), ("250", "FR")],
)
def test_a_country_is_kept_in_two_letters(given: str, kept: str) -> None:
    assert clean_billing_address({**ADDRESS, "country": given})["country"] == kept


def test_the_messages_are_for_people() -> None:
    (message,) = _errors({**ADDRESS, "city": "a\nb"})["city"]
    assert message == "Use characters that can be printed, on one line."
