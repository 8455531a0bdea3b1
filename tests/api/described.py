"""The operations of the API, as its description has them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonschema
from jsonschema import Draft202012Validator

from joanie.api.views.documentation import describe_api

JSON = "application/json"


@dataclass(frozen=True)
class Described:
    """One operation. Schemas and examples are by where they are: a parameter, a status…"""

    path: str
    method: str
    description: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.description["operationId"])

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        return list(self.description.get("parameters", []))

    @property
    def body(self) -> Mapping[str, Any] | None:
        """What says how the request is written, None when there is nothing to write."""
        contents = self.description.get("requestBody", {}).get("content", {})
        return next(iter(contents.values()), None)

    @cached_property
    def answers(self) -> dict[int, Mapping[str, Any]]:
        """What says how the answers are written, where there is something to read."""
        return {
            int(status): next(iter(response["content"].values()))
            for status, response in self.description["responses"].items()
            if "content" in response
        }

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.description["responses"]}

    @property
    def names(self) -> set[str]:
        """The names of the parameters."""
        return {each["name"] for each in self.parameters}

    @property
    def is_public(self) -> bool:
        return {} in self.description["security"]

    def fill_path(self, values: Mapping[str, Any]) -> str:
        return re.sub(r"{(\w+)}", lambda found: str(values[found[1]]), self.path)


def operations() -> list[Described]:
    return [
        Described(path, method.upper(), description)
        for path, item in describe_api()["paths"].items()
        for method, description in item.items()
    ]


def examples_in(described: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values by name, wherever they are kept."""
    shared = describe_api()["components"]["examples"]
    return {
        name: shared[name]["value"] if "$ref" in example else example["value"]
        for name, example in described.get("examples", {}).items()
    }


def validate(value: Any, schema: Mapping[str, Any]) -> None:
    """Check the value, its formats included. Raises ValidationError."""
    whole = {**schema, "components": describe_api()["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    jsonschema.validate(value, whole, Draft202012Validator, format_checker=checker)


def text_fields(schema: Mapping[str, Any], *path: Any) -> Iterator[tuple[Any, ...]]:
    """Give the ways to the strings of a request."""
    reference = schema.get("$ref")
    if reference:
        name = reference.rpartition("/")[2]
        yield from text_fields(describe_api()["components"]["schemas"][name], *path)
    for branch in [*schema.get("allOf", []), *schema.get("oneOf", []), *schema.get("anyOf", [])]:
        yield from text_fields(branch, *path)
    kind = schema.get("type")
    if kind == "string" or (isinstance(kind, list) and "string" in kind):
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from text_fields(inner, *path, name)
