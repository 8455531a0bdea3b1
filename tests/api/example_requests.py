"""The requests of the examples, sent."""

import json
from typing import Any

from tests.api.api_client import Api
from tests.api.described import Described, examples_in
from tests.api.example_shop import sign


def send(
    api: Api,
    operation: Described,
    body: Any = None,
    *,
    content_type: str = "application/json",
    **changes: Any,
) -> Any:
    """Send a request with all parameters as in the examples, but for the changes.

    A body of bytes is sent as it is.
    """
    known = {
        each["name"]: value
        for each in operation.parameters
        for value in examples_in(each).values()
    }
    values = {**known, **changes}
    places = {each["name"]: each["in"] for each in operation.parameters}
    headers = {name: values[name] for name, place in places.items() if place == "header"}
    query = {name: values[name] for name, place in places.items() if place == "query"}
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    if operation.id == "course_runs_sync":
        headers["Authorization"] = sign(raw)
    return api.client.generic(
        operation.method,
        operation.fill_path(values),
        raw,
        content_type=content_type,
        headers=headers,
        query_params={name: write(value) for name, value in query.items()},
    )


def write(value: Any) -> Any:
    """Give a value as queries have it."""
    return str(value).lower() if isinstance(value, bool) else value
