"""Every code and status that somebody may be answered stands on the page of errors, once."""

import re
from http import HTTPStatus

import pytest
from docs.error_codes import FIELDS, NOT_LET_IN, SENTENCES, STATUSES, find_error_codes, is_served
from tests.docs.pages import first_cells, read_page
from tests.docs.source import (
    assigned_in,
    find_calls,
    find_classes,
    find_in_source,
    name_in,
    text_in,
)

from joanie.api.exception_handler import describe_error
from joanie.common.exceptions import JoanieError
from joanie.payment.enums import FailureCode

CODES = find_error_codes()
OF_THE_FRAMEWORK = {"APIException", "AuthenticationFailed", "NotFound", "PermissionDenied"}


def _codes_of_classes() -> list[str]:
    assigned = [assigned_in(node) for node in find_classes()]
    codes = [text_in(each.get("code") or each.get("default_code")) for each in assigned]
    return [code for code in codes if code]


def _codes_of_calls() -> set[str]:
    """Give those that an error is raised with: its second argument, or ``code``."""
    ours = {node.name for node in find_classes() if "default_code" in assigned_in(node)}
    return {
        text_in(value)
        for call in find_calls("joanie/api")
        if name_in(call.func) in OF_THE_FRAMEWORK | ours
        for value in (
            *call.args[1:2],
            *(each.value for each in call.keywords if each.arg == "code"),
        )
    } - {""}


def _rows() -> list[str]:
    return first_cells(read_page("reference/errors.md").partition("## Failure codes")[0])


def test_every_code_has_one_row() -> None:
    answered = set(find_in_source(r'"detail": .*"code": "(\w+)"', "joanie/api/views"))
    assert {*_codes_of_classes(), *_codes_of_calls(), *answered} <= set(_rows())
    assert len(_rows()) == len(set(_rows()))


def test_no_two_errors_have_one_code() -> None:
    codes = _codes_of_classes()
    assert sorted(codes) == sorted(set(codes))


def test_what_is_said_by_hand_is_said_of_codes_that_there_are() -> None:
    assert set(NOT_LET_IN) == _codes_of_calls()
    assert {*FIELDS, *SENTENCES} <= {error.code for error in CODES if error.field}


def _own_errors() -> list[type[JoanieError]]:
    """List those that are raised without more than a message."""
    waiting, found = [JoanieError], list[type[JoanieError]]()
    while waiting:
        found.append(error := waiting.pop())
        waiting += error.__subclasses__()
    ours = [each for each in found if is_served(each.__module__) and "__init__" not in vars(each)]
    return sorted(ours, key=lambda error: error.__name__)


@pytest.mark.parametrize("error", _own_errors(), ids=lambda error: error.__name__)
def test_an_error_answers_what_the_page_says(error: type[JoanieError]) -> None:
    answer = describe_error(error())
    (row,) = [each for each in CODES if each.code == error.code]
    assert answer.status == row.status
    assert answer.body.get("code") == (None if row.field else row.code)


def test_every_status_is_explained() -> None:
    schema = read_page("reference/openapi.yaml")
    described = {int(status) for status in re.findall(r"^ +'(\d{3})':$", schema, re.MULTILINE)}
    named = find_in_source(r"HTTPStatus\.([A-Z_]+)\b", "joanie/api/views")
    used = {error.status for error in CODES} | {int(HTTPStatus[name]) for name in named}
    assert described | used == set(STATUSES)


def test_every_failure_code_is_explained() -> None:
    codes = read_page("reference/errors.md").partition("## Failure codes")[2]
    assert first_cells(codes) == FailureCode.values
