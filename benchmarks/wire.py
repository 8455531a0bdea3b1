"""Requests as they go over the wire, made before anything is measured."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
JSON = "application/json"


@dataclass(frozen=True)
class Request:
    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def as_bytes(self) -> bytes:
        headers = {"Host": HOST, "Accept": JSON, **self.headers}
        if self.body:
            headers |= {"Content-Type": JSON, "Content-Length": str(len(self.body))}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"{self.method} {self.path} HTTP/1.1", *lines])
        return head.encode() + b"\r\n\r\n" + self.body


def post(path: str, content: Any, headers: Mapping[str, str]) -> Request:
    return Request(path, "POST", headers, json.dumps(content).encode())


def write_requests(requests: Iterable[Request], path: Path) -> None:
    """Write what ``load.lua`` reads: each after a line with its length in bytes."""
    with path.open("wb") as file:
        for request in requests:
            content = request.as_bytes()
            file.write(b"%d\n" % len(content))
            file.write(content)
