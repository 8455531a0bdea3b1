import re
from pathlib import Path

import pytest

from joanie.emulators.dummy import create_app
from joanie.emulators.dummy.cards import MAGIC_AMOUNTS, TEST_CARDS
from joanie.emulators.kit.controls import FAULT_MODES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "providers" / "dummy.md").read_text(
    encoding="utf-8"
)


@pytest.mark.parametrize("word", [*TEST_CARDS, *FAULT_MODES])
def test_each_card_and_fault_is_documented(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("amount", MAGIC_AMOUNTS)
def test_each_magic_amount_is_documented(amount: int) -> None:
    assert f"| {amount} |" in PAGE


def test_each_operation_that_can_fail_is_documented() -> None:
    app = create_app(["secret"])
    operations = {name for name in app.view_functions if name.startswith("api.")}
    app.extensions["emulator"].close()

    assert {name for name in operations if f"`{name.removeprefix('api.')}`" not in PAGE} == set()


def test_the_example_runs() -> None:
    example = re.findall(r"```python\n(from .*?)```", PAGE, re.DOTALL)[0]

    exec(example, {})  # the documentation is ours
