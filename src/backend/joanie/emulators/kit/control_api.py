"""``/control``: telling the emulator to misbehave, and reading what it sent."""

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.emulator import current_emulator
from joanie.emulators.kit.errors import InvalidFieldError, NotFoundError
from joanie.emulators.kit.fields import json_body

# The name of the blueprint whose endpoints are the operations that can be made to fail.
API = "api"

blueprint = Blueprint("control", __name__, url_prefix="/control")


@blueprint.before_request
def authorize() -> None:
    current_emulator().authorize()


@blueprint.get("")
def show_controls() -> ResponseReturnValue:
    return current_emulator().controls.as_json()


@blueprint.put("")
def replace_controls() -> ResponseReturnValue:
    endpoints = (endpoint.partition(".") for endpoint in current_app.view_functions)
    operations = {name for blueprint_name, _, name in endpoints if blueprint_name == API}
    current_emulator().controls.replace(json_body(), operations=operations)
    return show_controls()


@blueprint.delete("")
def reset_controls() -> ResponseReturnValue:
    current_emulator().controls.reset()
    return "", 204


@blueprint.delete("/state")
def forget_state() -> ResponseReturnValue:
    current_emulator().forget()
    return "", 204


@blueprint.post("/release")
def release_notifications() -> ResponseReturnValue:
    return {"released": current_emulator().deliveries.release()}


@blueprint.get("/notifications")
def list_notifications() -> ResponseReturnValue:
    """List what was sent. With ``?wait=SECONDS``, first let what is on its way arrive."""
    deliveries = current_emulator().deliveries
    try:
        patience = float(request.args.get("wait", 0))
    except ValueError as error:
        raise InvalidFieldError("wait", "must be a number of seconds") from error
    is_idle = deliveries.wait_until_idle(min(max(patience, 0), 60))
    return {"idle": is_idle, "data": deliveries.log()}


@blueprint.post("/events/<event_id>/resend")
def resend_event(event_id: str) -> ResponseReturnValue:
    if not current_emulator().deliveries.resend(event_id):
        raise NotFoundError("event")
    return "", 204
