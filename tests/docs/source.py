"""The source as text and as syntax: what the pages of the reference are compared with."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "src/backend"
# What is shipped for development tells nobody anything over the API.
FOR_DEVELOPMENT = {"conformance", "demo", "emulators", "factories.py", "harness.py"}


@cache
def read_source() -> dict[Path, str]:
    """Give the text of each module of Joanie, those for development apart."""
    return {
        path: path.read_text(encoding="utf-8")
        for path in sorted((BACKEND / "joanie").rglob("*.py"))
        if "migrations" not in path.parts and not FOR_DEVELOPMENT & set(path.parts)
    }


def find_in_source(pattern: str, folder: str = "joanie") -> list[str]:
    """Give what the only group of a regular expression matches, module by module."""
    return [
        found
        for path, text in read_source().items()
        if path.is_relative_to(BACKEND / folder)
        for found in re.findall(pattern, text)
    ]


@cache
def parse_source() -> dict[Path, list[ast.AST]]:
    """Give the nodes of each module of Joanie."""
    return {path: list(ast.walk(ast.parse(text))) for path, text in read_source().items()}


def find_classes() -> Iterator[ast.ClassDef]:
    for nodes in parse_source().values():
        yield from (node for node in nodes if isinstance(node, ast.ClassDef))


def find_calls(folder: str = "joanie") -> Iterator[ast.Call]:
    for path, nodes in parse_source().items():
        if path.is_relative_to(BACKEND / folder):
            yield from (node for node in nodes if isinstance(node, ast.Call))


def assigned_in(node: ast.ClassDef) -> dict[str, ast.expr]:
    """Give what the body of a class assigns, by name."""
    return {
        statement.targets[0].id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }


def text_in(node: ast.expr | None) -> str:
    """Return the text of a literal, else nothing."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text else ""


def name_in(node: ast.expr) -> str:
    """Return “c” of ``c`` and of ``a.b.c``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
