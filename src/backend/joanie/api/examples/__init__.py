"""An example of every request and answer, in the description of the API.

They tell one story, with the same rows throughout. Tests send the requests to a shop that has
these rows and compare what it answers, so an example says what the code does.
"""

from collections.abc import Callable, Mapping
from typing import Any

from joanie.api.examples import catalogue, learners_things, orders, teaching
from joanie.api.examples.errors import ERRORS, USUAL_ERRORS
from joanie.api.examples.operation import Operation

OPERATIONS: Mapping[str, Operation] = {
    **catalogue.OPERATIONS,
    **learners_things.OPERATIONS,
    **orders.OPERATIONS,
    **teaching.OPERATIONS,
}
# Wherever an operation takes them.
USUAL_PARAMETERS: Mapping[str, Any] = {
    "page": 1,
    "page_size": 20,
    "If-None-Match": '"4d5f0a1c3b8e"',
    "Idempotency-Key": "b1e7c2a4-93d6-4f08-a5be-7c0d2f8e1b69",
}
# Keeps an error beside all operations under its name; gives what refers to it there.
Share = Callable[[str, Any], dict[str, str]]


def illustrate(description: dict[str, Any], share: Share) -> None:
    """Add the examples to the description of one operation, in place."""
    operation = OPERATIONS.get(description["operationId"])
    if operation is None:
        return
    known = {**USUAL_PARAMETERS, **operation.parameters}
    for parameter in description.get("parameters", []):
        if parameter["name"] in known:
            _show(parameter, {"usual": {"value": known[parameter["name"]]}})
    requests = {
        name: {"value": exchange.request}
        for name, exchange in operation.exchanges.items()
        if exchange.request is not None
    }
    _show_contents(description.get("requestBody", {}), requests)
    for status, response in description["responses"].items():
        _show_contents(response, _find_answers(description, operation, int(status), share))


def _find_answers(
    description: Mapping[str, Any], operation: Operation, status: int, share: Share
) -> dict[str, Any]:
    if status < 400:
        return {
            name: {"value": exchange.answer}
            for name, exchange in operation.exchanges.items()
            if exchange.status == status
        }
    error = find_error(description["operationId"], status)
    if error is None:
        return {}
    if not isinstance(error, str):
        return {"invalid": {"value": error}}
    return {error: share(error, {"value": ERRORS[error]})}


def find_error(operation_id: str, status: int) -> Any:
    """Return the name of the error that an operation answers, or the messages of its 400."""
    own = OPERATIONS[operation_id].errors.get(status)
    if own is None and status == 404 and operation_id.endswith("_list"):
        return "invalid_page"
    return own or USUAL_ERRORS.get(status)


def _show_contents(described: Mapping[str, Any], examples: Mapping[str, Any]) -> None:
    for media_type in described.get("content", {}).values():
        _show(media_type, examples)


def _show(described: dict[str, Any], examples: Mapping[str, Any]) -> None:
    if examples:
        described["examples"] = dict(examples)
