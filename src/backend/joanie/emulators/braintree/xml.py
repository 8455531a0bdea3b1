"""Braintree's XML: names with hyphens in its answers, types as attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import (  # nosec B405 - of this machine
    Element,
    ParseError,
    SubElement,
    fromstring,
    tostring,
)

from flask import Response, request

from joanie.emulators.kit.errors import ApiError

MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Items:
    """An array: the name of its elements, and what is in each."""

    name: str
    items: Sequence[Any]
    kind: str = "array"


def write_xml(name: str, content: Any) -> bytes:
    root = Element(name)
    _fill(root, content)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def answer_xml(name: str, content: Any, status: int = 200) -> Response:
    return Response(write_xml(name, content), status, content_type="application/xml")


def read_xml() -> Mapping[str, Any]:
    """Read the request's root element; an empty body has nothing in it. Raises ApiError 400."""
    body = request.get_data()
    if not body.strip():
        return {}
    try:
        root = _read(fromstring(body))  # noqa: S314 # nosec B314 - of this machine
    except (ParseError, ValueError) as error:
        raise ApiError(400, "invalid_request", "The body is not XML.") from error
    return root if isinstance(root, Mapping) else {}


def read_moment(text: str) -> float:
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC).timestamp()


def _fill(element: Element, content: Any) -> None:
    match content:
        case None:
            element.set("nil", "true")
        case bool():
            element.set("type", "boolean")
            element.text = str(content).lower()
        case int():
            element.set("type", "integer")
            element.text = str(content)
        case datetime():
            element.set("type", "datetime")
            element.text = content.astimezone(UTC).strftime(MOMENT)
        case Items():
            element.set("type", content.kind)
            for item in content.items:
                _fill(SubElement(element, content.name), item)
        case Mapping():
            for name, value in content.items():
                _fill(SubElement(element, name.replace("_", "-")), value)
        case _:
            element.text = str(content)


def _read(element: Element) -> Any:
    children = list(element)
    kind = element.get("type")
    if kind == "array":
        return [_read(child) for child in children]
    if children:
        return {child.tag.replace("-", "_"): _read(child) for child in children}
    text = element.text or ""
    if kind == "boolean":
        return text in {"true", "1"}
    return int(text) if kind == "integer" else text
