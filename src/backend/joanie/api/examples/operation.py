from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Exchange:
    """What is sent to an operation, and what it answers when all is well."""

    answer: Any = None
    status: int = 200
    request: Any = None


@dataclass(frozen=True)
class Operation:
    """``exchanges`` and ``errors`` are by name; ``parameters`` come with every exchange.

    ``errors`` replaces what an error looks like by default, status by status: the name of one of
    ``ERRORS``, or for 400 the messages by field.
    """

    exchanges: Mapping[str, Exchange]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[int, Any] = field(default_factory=dict)


def reads(answer: Any, **options: Any) -> Operation:
    return Operation({"found": Exchange(answer)}, **options)


def page_of(row: Any) -> dict[str, Any]:
    return {"count": 1, "next": None, "previous": None, "results": [row]}
