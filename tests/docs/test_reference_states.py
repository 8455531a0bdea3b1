"""Every state machine has its diagram, every move a row, every state a place."""

import ast
import re
from typing import Any

import pytest
from django.db.models import TextChoices
from docs.reference_pages import find_machines
from tests.docs.pages import read_page
from tests.docs.source import assigned_in, find_classes, name_in

MACHINES = find_machines()
FIELDS = {"FSMField", "state_field"}


def _classes_with(fields: set[str]) -> set[str]:
    return {
        node.name
        for node in find_classes()
        for value in assigned_in(node).values()
        if isinstance(value, ast.Call) and name_in(value.func) in fields
    }


def test_every_machine_of_the_source_has_its_diagram() -> None:
    assert {model.__name__ for model in MACHINES} == _classes_with(FIELDS)
    assert read_page("reference/states.md").count("stateDiagram-v2") == len(MACHINES)


@pytest.mark.parametrize("model", MACHINES, ids=lambda model: model.__name__)
def test_every_move_is_explained(model: Any) -> None:
    page = read_page("reference/states.md")
    for move in model._meta.get_field("state").get_all_transitions(model):
        row = rf"^\| `{move.name}` \| [^|]*{move.source}[^|]* \| {move.target} \| \w.*\. \|$"
        assert re.search(row, page, re.MULTILINE), move.name
        assert f"    {move.source} --> {move.target}\n" in page


def _enumerations_of_states() -> list[type[TextChoices]]:
    """Find them by their names: nothing else says that a choice is a state."""
    found = [each for each in TextChoices.__subclasses__() if each.__module__[:7] == "joanie."]
    return sorted((each for each in found if each.__name__.endswith("State")), key=str)


@pytest.mark.parametrize("states", _enumerations_of_states(), ids=lambda each: each.__name__)
def test_every_state_is_on_the_page(states: type[TextChoices]) -> None:
    page = read_page("reference/states.md")
    assert [each for each in states.values if not re.search(rf"\b{each}\b", page)] == []
