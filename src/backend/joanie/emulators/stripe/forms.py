"""Stripe's forms: nested in the names of fields, and strict about names that it does not know."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from joanie.emulators.kit.errors import ApiError, InvalidFieldError

_PART = re.compile(r"\[([^\[\]]*)\]")
LONGEST = 5000


def nest(fields: Mapping[str, str]) -> dict[str, Any]:
    """Read ``metadata[order]=7`` as an object within an object; lists have numbers for names."""
    content: dict[str, Any] = {}
    for name, value in fields.items():
        head, bracket, rest = name.partition("[")
        path = [head, *_PART.findall(bracket + rest)]
        place = content
        for part in path[:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise unknown_parameter(name)
        place[path[-1]] = value
    return content


class Form:
    """One level of a form. What is not in ``allowed`` is refused, as Stripe does."""

    def __init__(
        self, content: object, *, allowed: Collection[str] | None, within: str = ""
    ) -> None:
        self._within = within
        if not isinstance(content, dict):
            raise InvalidFieldError(within, "must be an object")
        self._content: dict[str, Any] = content
        for name in content:
            if name == "payment_method_types":
                raise ApiError(
                    400,
                    "payment_method_types_no_longer_supported",
                    "Use allowed_payment_method_types, or dynamic payment methods.",
                    param=name,
                )
            if allowed is not None and name not in allowed:
                raise unknown_parameter(self._path(name))

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def text(self, name: str, default: str | None = None) -> str:
        value = self._content.get(name, default)
        if not isinstance(value, str) or len(value) > LONGEST:
            raise self.wrong(name, "is missing" if value is None else "must be a text")
        return value

    def choice(self, name: str, options: Collection[str], default: str | None = None) -> str:
        value = self.text(name, default)
        if value not in options:
            raise self.wrong(name, f"must be one of {', '.join(options)}")
        return value

    def integer(self, name: str, *, minimum: int = 0) -> int:
        digits = self.text(name)
        if not re.fullmatch("[0-9]{1,15}", digits) or int(digits) < minimum:
            raise self.wrong(name, f"must be an integer of at least {minimum}")
        return int(digits)

    def flag(self, name: str) -> bool:
        return self.choice(name, ("true", "false"), "false") == "true"

    def level(self, name: str, *allowed: str) -> "Form":
        return Form(self._content.get(name, {}), allowed=allowed, within=self._path(name))

    def metadata(self) -> dict[str, str]:
        """Read what Stripe lets anybody write: 50 names of 40 characters, 500 for each value."""
        content = self._content.get("metadata", {})
        form = Form(content, allowed=None, within=self._path("metadata"))
        values = {name: form.text(name) for name in content}
        if len(values) > 50 or any(len(n) > 40 or len(v) > 500 for n, v in values.items()):
            raise self.wrong("metadata", "is too large")
        return values

    def items(self, name: str) -> list[Any]:
        content = self._content.get(name, {})
        if not isinstance(content, dict):
            raise self.wrong(name, "must be a list")
        return list(content.values())

    def texts(self, name: str) -> list[str]:
        return [value for value in self.items(name) if isinstance(value, str)]

    def wrong(self, name: str, message: str) -> InvalidFieldError:
        return InvalidFieldError(self._path(name), message)

    def _path(self, name: str) -> str:
        return f"{self._within}[{name}]" if self._within else name


def unknown_parameter(name: str) -> ApiError:
    message = f"Received unknown parameter: {name}"
    return ApiError(400, "parameter_unknown", message, param=name)
