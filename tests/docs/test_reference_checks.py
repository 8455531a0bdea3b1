"""Every system check stands in the reference, has one meaning, and is raised by a test."""

import ast
import re
from pathlib import Path

import pytest
from django.core.checks.registry import registry
from docs.system_checks import find_checks
from tests.docs.pages import first_cells, read_page
from tests.docs.source import find_in_source, name_in, parse_source

CHECKS = find_checks()
RAISED = find_in_source(r'"(joanie\.[CEIW]\d+)"')
TESTS = Path(__file__).parents[1]
MESSAGES = {"Critical", "Error", "Info", "Warning"}


def test_every_id_of_the_source_has_one_row() -> None:
    rows = first_cells(read_page("reference/checks.md"))
    assert rows == sorted(set(RAISED), key=_number)


def test_no_place_that_raises_one_is_passed_over() -> None:
    assert sorted(check.id for check in CHECKS) == sorted(RAISED)


def _number(check_id: str) -> tuple[str, str]:
    return check_id[len("joanie.E") :], check_id


def test_every_message_has_an_id_and_a_text() -> None:
    assert [check for check in CHECKS if not check.message.strip("….")] == []
    assert _messages_without_id() == []


def _messages_without_id() -> list[str]:
    return [
        f"{path}:{call.lineno}"
        for path, nodes in parse_source().items()
        if path.stem.endswith("checks")
        for call in nodes
        if isinstance(call, ast.Call)
        and name_in(call.func) in MESSAGES
        and "id" not in {keyword.arg for keyword in call.keywords}
    ]


@pytest.mark.parametrize("check_id", sorted(set(RAISED)))
def test_an_id_has_one_meaning(check_id: str) -> None:
    same = [check for check in CHECKS if check.id == check_id]
    assert len({check.module for check in same}) == 1
    assert len({_setting_of(check.message) for check in same}) == 1


def _setting_of(message: str) -> str:
    found = re.search(r"JOANIE\['(\w+)'\]", message)
    return found[1] if found else ""


def test_every_id_is_expected_by_a_test() -> None:
    tests = [test.read_text(encoding="utf-8") for test in TESTS.rglob("test_*.py")]
    expected = {number for text in tests for number in re.findall(r"\b[CEIW]\d{3}\b", text)}
    assert {check_id.removeprefix("joanie.") for check_id in RAISED} - expected == set()


def test_what_is_for_deployments_alone_is_said_so() -> None:
    registered = {
        check.__module__
        for check in registry.deployment_checks
        if check.__module__.startswith("joanie.")
    }
    assert {check.module for check in CHECKS if check.is_for_deployment} == registered


def test_a_message_is_read_through_the_names_it_is_made_of() -> None:
    (check,) = [check for check in CHECKS if check.id == "joanie.E012"]
    assert check.message == "JOANIE['PAYMENT_BACKENDS'][<alias>]: the alias is part of URLs."
    assert check.severity == "error"
