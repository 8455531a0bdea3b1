"""Reading a JSON object field by field, so that an error names the field that is wrong."""

import math
from collections.abc import Collection, Sequence
from typing import Any

from flask import request

from joanie.emulators.kit.errors import ApiError, InvalidFieldError
from joanie.emulators.kit.loopback import is_allowed_url, is_web_url

REQUIRED: Any = object()


class Fields:
    """The fields of one JSON object. A method without a default reads a field that must be there.

    With ``allowed``, a field of another name is an error: a misspelt one would be ignored.
    """

    def __init__(
        self, data: object, *, allowed: Collection[str] | None = None, within: str = ""
    ) -> None:
        self._prefix = f"{within}." if within else ""
        if not isinstance(data, dict):
            raise InvalidFieldError(within or "body", "must be a JSON object")
        for name in data:
            if allowed is not None and name not in allowed:
                raise InvalidFieldError(self._path(name), "is not a field that exists")
        self._data: dict[str, Any] = data

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def text(self, name: str, *, default: str = REQUIRED, max_length: int = 500) -> str:
        value = self._read(name, default, str, "a text")
        if len(value) > max_length or (default is REQUIRED and not value.strip()):
            raise self._error(name, f"must have 1 to {max_length} characters")
        return str(value)

    def optional_text(self, name: str, *, max_length: int = 500) -> str | None:
        if self._data.get(name) is None:
            return None
        return self.text(name, max_length=max_length)

    def choice(self, name: str, options: Sequence[str], *, default: str = REQUIRED) -> str:
        value = self.text(name, default=default)
        if value not in options:
            raise self._error(name, f"must be one of {', '.join(options)}")
        return value

    def integer(
        self, name: str, *, default: int = REQUIRED, minimum: int = 0, maximum: int = 10**12
    ) -> int:
        value = self._read(name, default, int, "an integer")
        if not minimum <= value <= maximum:
            raise self._error(name, f"must be from {minimum} to {maximum}")
        return int(value)

    def seconds(self, name: str, *, default: float = REQUIRED) -> float:
        value = self._read(name, default, (int, float), "a number of seconds")
        if not (math.isfinite(value) and 0 <= value <= 3600):
            raise self._error(name, "must be from 0 to 3600 seconds")
        return float(value)

    def share(self, name: str) -> float:
        """Read a part of the whole, from 0 to 1; 0 unless given."""
        value = self._read(name, 0, (int, float), "a number from 0 to 1")
        if not 0 <= value <= 1:
            raise self._error(name, "must be from 0 to 1")
        return float(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._data.get(name, default)
        if not isinstance(value, bool):
            raise self._error(name, "must be true or false")
        return value

    def flag_or_count(self, name: str) -> bool | int:
        if isinstance(self._data.get(name, False), bool):
            return self.flag(name)
        return self.integer(name)

    def web_url(self, name: str) -> str:
        url = self.text(name, max_length=2000)
        if not is_web_url(url):
            raise self._error(name, "must be an absolute http or https URL")
        return url

    def loopback_url(self, name: str) -> str:
        url = self.web_url(name)
        if not is_allowed_url(url):
            raise self._error(name, "must be on this machine: an emulator sends nowhere else")
        return url

    def mapping(self, name: str) -> dict[str, Any]:
        value: dict[str, Any] = self._read(name, {}, dict, "an object")
        return value

    def fields(self, name: str, *, allowed: Collection[str] | None = None) -> "Fields":
        return Fields(self.mapping(name), allowed=allowed, within=self._path(name))

    def items(self, name: str, *, allowed: Collection[str] | None = None) -> list["Fields"]:
        values = self._read(name, [], list, "a list")
        return [
            Fields(value, allowed=allowed, within=f"{self._path(name)}[{index}]")
            for index, value in enumerate(values)
        ]

    def _read(
        self, name: str, default: object, kind: type | tuple[type, ...], kind_name: str
    ) -> Any:
        value = self._data.get(name, default)
        if value is REQUIRED:
            raise self._error(name, "is missing")
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self._error(name, f"must be {kind_name}")
        return value

    def _error(self, name: str, message: str) -> InvalidFieldError:
        return InvalidFieldError(self._path(name), message)

    def _path(self, name: str) -> str:
        return f"{self._prefix}{name}"


def json_body() -> object:
    """Parse the request's body, whatever its content type says; no body is an empty object."""
    if not request.get_data():
        return {}
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise ApiError(400, "invalid_request", "The body is not JSON.")
    return body
