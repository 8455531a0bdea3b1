"""Reads the system checks out of the source: what each says, what is to be done, when it is asked.

Nothing is run: some of them speak only on a machine that lacks a library.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeGuard

SOURCE = Path(__file__).parents[1] / "src/backend/joanie"
PREFIX = "joanie."
SEVERITIES = {"C": "critical", "E": "error", "W": "warning", "I": "information"}
UNSAID = "…"

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Check:
    """One place that raises ``id``. What only a run would tell is <named> in the texts, or “…”."""

    id: str
    message: str
    hint: str
    module: str
    is_for_deployment: bool

    @property
    def severity(self) -> str:
        return SEVERITIES[self.id.removeprefix(PREFIX)[0]]


def find_checks(source: Path = SOURCE) -> list[Check]:
    """List them by number; an id that is raised in several places is there several times."""
    found = [check for path in sorted(source.rglob("*.py")) for check in _Module(path).checks()]
    return sorted(found, key=lambda check: (check.id[len(PREFIX) + 1 :], check.id))


class _Module:
    def __init__(self, path: Path) -> None:
        self.name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        self.text = path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def checks(self) -> Iterator[Check]:
        if f'"{PREFIX}' not in self.text or "django.core" not in self.text:
            return
        for function in self.functions.values():
            for call in _calls_in(function):
                if check_id := _id_in(call):
                    yield self._read(check_id, call, function)

    def _read(self, check_id: str, call: ast.Call, function: FunctionNode) -> Check:
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        hint = named.get("hint") or (call.args[1] if len(call.args) > 1 else None)
        message = call.args[0] if call.args else named.get("msg")
        return Check(
            id=check_id,
            message=self._text(message, function),
            hint="" if _is_id(hint) else self._text(hint, function),
            module=self.name,
            is_for_deployment=function.name in self.for_deployment,
        )

    @cached_property
    def functions(self) -> dict[str, FunctionNode]:
        return {
            node.name: node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }

    @cached_property
    def for_deployment(self) -> set[str]:
        """Name the functions that are only reached from ``register(…, deploy=True)``."""
        reached: dict[bool, set[str]] = {True: set(), False: set()}
        for function in self.functions.values():
            if (is_deployed := _registration_of(function)) is not None:
                reached[is_deployed] |= self._reached_from(function.name)
        return reached[True] - reached[False]

    def _reached_from(self, name: str) -> set[str]:
        reached, waiting = set[str](), [name]
        while waiting:
            if (name := waiting.pop()) in reached or name not in self.functions:
                continue
            reached.add(name)
            waiting += [_name_of(call.func) for call in _calls_in(self.functions[name])]
        return reached

    def _text(self, node: ast.expr | None, function: FunctionNode) -> str:
        text = UNSAID
        match node:
            case None:
                text = ""
            case ast.Constant(value=str(said)):
                text = said
            case ast.JoinedStr(values=values):
                text = "".join(self._text(value, function) for value in values)
            case ast.FormattedValue(value=value):
                text = self._text(value, function)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                text = self._text(left, function) + self._text(right, function)
            case ast.IfExp(body=body, orelse=orelse):
                text = f"{self._text(body, function)} / {self._text(orelse, function)}"
            case ast.Name(id=name):
                text = self._text_of_name(name, function)
        return text

    def _text_of_name(self, name: str, function: FunctionNode) -> str:
        """Follow a name to what is assigned to it here, or given by a caller in this module."""
        for node in [*ast.walk(function), *self.tree.body]:
            if isinstance(node, ast.Assign) and _name_of(node.targets[0]) == name:
                is_text = isinstance(node.value, ast.JoinedStr | ast.Constant)
                return self._text(node.value, function) if is_text else f"<{name}>"
        arguments = [argument.arg for argument in function.args.args]
        if name not in arguments:
            return f"<{name}>"
        for caller in self.functions.values():
            for call in _calls_in(caller):
                given = call.args[arguments.index(name) :]
                if _name_of(call.func) == function.name and given and caller is not function:
                    return self._text(given[0], caller)
        return f"<{name}>"


def _calls_in(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _id_in(call: ast.Call) -> str:
    """Return the id that a call is given, be it of a message or of a function that makes one."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return next((str(each.value) for each in given if _is_id(each)), "")


def _is_id(node: ast.expr | None) -> TypeGuard[ast.Constant]:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    number = node.value.removeprefix(PREFIX)
    return number != node.value and number[:1] in SEVERITIES and number[1:].isdigit()


def _registration_of(function: FunctionNode) -> bool | None:
    """Whether a check is for deployments alone; None when the function is no check."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and _name_of(decorator.func) == "register":
            return any(keyword.arg == "deploy" for keyword in decorator.keywords)
    return None


def _name_of(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
