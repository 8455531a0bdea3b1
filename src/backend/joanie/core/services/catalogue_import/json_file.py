"""Catalogue files that programs write: one object, with a list for each kind."""

import json
from collections.abc import Container, Iterator, Mapping
from decimal import Decimal
from typing import Any

from joanie.core.services.catalogue_import.columns import columns_of, suggest
from joanie.core.services.catalogue_import.records import (
    CatalogueFileRefused,
    Kind,
    Problem,
    Record,
    Value,
    decode,
)

LISTS = {f"{kind}s": kind for kind in Kind}


def read_json(content: bytes) -> tuple[list[Record], list[Problem]]:
    """Return the objects, and what is wrong with others. Raises CatalogueFileRefused."""
    document = _load(decode(content))
    if not isinstance(document, dict):
        raise _refusal("line 1", f"This is not an object with {', '.join(LISTS)}.")
    records, problems = [], []
    for name, items in document.items():
        if name not in LISTS:
            problems.append(Problem(name, "", f"Not known. {suggest(name, LISTS)}"))
        elif not isinstance(items, list):
            problems.append(Problem(name, "", "This is not a list."))
        else:
            for number, item in enumerate(items, start=1):
                where = f"{name}, no. {number}"
                found = dict(_check_item(item, LISTS[name]))
                problems += [Problem(where, field, text) for field, text in found.items()]
                if isinstance(item, dict):
                    records.append(Record(LISTS[name], where, _keep_values(item, found)))
    return records, problems


def _load(text: str) -> Any:
    try:
        document = json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_repetition,
        )
        # Half of a character, "\\ud800", could neither be stored nor be shown.
        json.dumps(document, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _refusal(where, f"This is not JSON: {error.msg}.") from error
    except ValueError as error:
        raise _refusal("", f"This cannot be read: {error}.") from error
    except RecursionError as error:
        raise _refusal("", "This cannot be read: there is too much inside one another.") from error
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _refuse_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _value in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"“{name}” is there more than once in one object")
    return dict(pairs)


def _check_item(item: Any, kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield a field, and what is wrong there."""
    if not isinstance(item, dict):
        yield "", "This is not an object."
        return
    known = columns_of(kind)
    for name, value in item.items():
        is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if name not in known:
            yield name, f"Not known here. {suggest(name, known)}"
        elif not is_list and not isinstance(value, (str, bool, int, Decimal, type(None))):
            yield name, "This is neither a text, nor a number, nor a list of texts."


def _keep_values(item: Mapping[str, Any], wrong: Container[str]) -> dict[str, Value]:
    return {
        name: "" if value is None else value for name, value in item.items() if name not in wrong
    }


def _refusal(where: str, message: str) -> CatalogueFileRefused:
    return CatalogueFileRefused([Problem(where, "", message)])
