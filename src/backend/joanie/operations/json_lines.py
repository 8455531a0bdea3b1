"""The log as JSON, an object on each line: what a line says, and all that it is about."""

from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

# What Django adds to its lines: the address of a request may hold what lets somebody in.
LEFT_OUT = ("request", "server_time", "sock")


class JsonLines(JsonFormatter):
    """A formatter for LOGGING. It needs python-json-logger: ``joanie[service]``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            timestamp=True,
            rename_fields={"levelname": "level", "name": "logger"},
            reserved_attrs=[*RESERVED_ATTRS, *LEFT_OUT],
            **options,
        )
