"""API calls that fail, hang, or are answered with something else."""

import json
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.controls import Fault
from joanie.emulators.kit.emulator import current_emulator

HTML_INSTEAD = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"

Refusal = Callable[[int], ResponseReturnValue]


def operation_of_request() -> str:
    """Name the API call: the endpoint without its blueprint."""
    return (request.endpoint or "").rpartition(".")[2]


def inject_faults(blueprint: Blueprint, *, refusal: Refusal) -> None:
    """Let the controls spoil this blueprint's calls. Register it before any other hook.

    ``refusal`` words an error of a given HTTP status as the provider would.
    """

    @blueprint.before_request
    def spoil_the_call() -> ResponseReturnValue | None:
        emulator = current_emulator()
        g.fault = fault = emulator.controls.take_fault(operation_of_request())
        if fault is None:
            return None
        match fault.mode:
            case "status":
                return refusal(fault.status)
            case "html":
                return HTML_INSTEAD, fault.status
            case "timeout_before":
                emulator.background.pause(fault.seconds)
                return refusal(504)
            case "reset":
                break_connection()
                return refusal(502)
        return None

    @blueprint.after_request
    def spoil_the_answer(response: Response) -> Response:
        fault = g.get("fault")
        if fault is not None:
            spoil(response, fault)
        return response


def spoil(response: Response, fault: Fault) -> None:
    """Spoil the answer of a call that has acted."""
    match fault.mode:
        case "timeout_after":
            current_emulator().background.pause(fault.seconds)
        case "reset_after":
            break_connection()
        case "lie":
            say_instead(response, fault.overrides)


def say_instead(response: Response, overrides: Mapping[str, Any]) -> None:
    """Replace fields of an answer; one that is no JSON object stays as it is."""
    if isinstance(response.json, dict):
        response.set_data(json.dumps({**response.json, **overrides}))


def break_connection() -> None:
    """Hang up: the client sees the connection end without an answer."""
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):  # the client was faster
            connection.shutdown(socket.SHUT_RDWR)
