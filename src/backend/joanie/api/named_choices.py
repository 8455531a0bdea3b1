"""Names that the description of the API gives to choices, whatever the host calls its own.

drf-spectacular takes such names from the host's settings, and remembers them for the process.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from drf_spectacular.plumbing import ResolvedComponent, safe_ref

from joanie.core.enums import EnrollmentState, OrderState, ProductType
from joanie.payment.backends.types import Flow
from joanie.payment.enums import CardState, FailureCode, PaymentState

NAMES: Mapping[str, type[Enum]] = {
    "CardState": CardState,
    "EnrollmentState": EnrollmentState,
    "FailureCode": FailureCode,
    "OrderState": OrderState,
    "PaymentFlow": Flow,
    "PaymentState": PaymentState,
    "ProductType": ProductType,
}
NULL = {"type": "null"}


def name_choices(schema: dict[str, Any], registry: Any) -> dict[str, Any]:
    """Have a field refer to its choices by their name, where they have one here."""
    name = _names_by_values().get(frozenset(schema.get("enum", ())) - {None})
    if name is None:
        return schema
    choices = {"enum": [each for each in schema["enum"] if each is not None], "type": "string"}
    rest = {
        key: value
        for key, value in schema.items()
        if key not in {"enum", "type", "x-spec-enum-id"}
    }
    reference = _share(registry, name, choices)
    if None not in schema["enum"]:
        return safe_ref({**rest, **reference})
    return {**rest, "oneOf": [reference, _share(registry, "NullEnum", NULL)]}


@cache
def _names_by_values() -> Mapping[frozenset[str], str]:
    return {frozenset(each.value for each in choices): name for name, choices in NAMES.items()}


def _share(registry: Any, name: str, schema: dict[str, Any]) -> dict[str, str]:
    component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, object=name)  # type: ignore[no-untyped-call]
    registry.register_on_missing(component)
    return component.ref
