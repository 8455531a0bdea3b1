"""``/api/enrollment/v1`` and ``/oauth2``: what a server that sells courses calls."""

from typing import cast

from flask import Blueprint, current_app, redirect, request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.control_api import API
from joanie.emulators.kit.emulator import current_emulator
from joanie.emulators.kit.faults import inject_faults
from joanie.emulators.kit.fields import json_body
from joanie.emulators.openedx.errors import NotAuthenticated, Refusal
from joanie.emulators.openedx.state import State

EXTENSION = "openedx"
ENROLLMENTS = "/api/enrollment/v1/enrollment"
A_PAGE_OF_ERROR = "<!doctype html><title>Error</title><h1>There has been an error</h1>"

blueprint = Blueprint(API, __name__)


def current_state() -> State:
    return cast("State", current_app.extensions[EXTENSION])


def authenticate() -> None:
    """Raise NotAuthenticated unless the request has a key, or a token that is still good."""
    if current_state().knows_secret(request.headers.get("X-Edx-Api-Key", "")):
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "JWT" or not current_state().knows_token(token):
        raise NotAuthenticated


def refuse_as_told(status: int) -> ResponseReturnValue:
    if status in range(300, 400):
        return redirect("/login?next=/api/", status)
    if status >= 500:
        return A_PAGE_OF_ERROR, status
    if status in {401, 403, 404, 429}:
        return {"detail": "The emulator was told to fail."}, status
    return {"message": "The emulator was told to fail."}, status


inject_faults(blueprint, refusal=refuse_as_told)


@blueprint.post("/oauth2/access_token")
def create_token() -> ResponseReturnValue:
    form = request.form
    if form.get("grant_type") != "client_credentials":
        return {"error": "unsupported_grant_type"}, 400
    if not form.get("client_id") or not current_state().knows_secret(
        form.get("client_secret", "")
    ):
        return {"error": "invalid_client"}, 401
    return {
        "access_token": current_state().new_token(),
        "expires_in": int(current_emulator().controls.own("token_seconds")),
        "token_type": "JWT" if form.get("token_type") == "jwt" else "Bearer",
        "scope": "read write profile email",
    }


@blueprint.get(f"{ENROLLMENTS}/<path:name>")
def get_enrollment(name: str) -> ResponseReturnValue:
    """Answer the enrolment, or nothing at all with a 200: that is how this API says none."""
    authenticate()
    user, _, course_id = name.partition(",")
    enrollment = current_state().enrollment(user, course_id)
    return enrollment.as_json() if enrollment is not None else ("", 200)


@blueprint.post(ENROLLMENTS)
def set_enrollment() -> ResponseReturnValue:
    authenticate()
    body = json_body()
    if not isinstance(body, dict):
        raise Refusal(400, "The body is not an object.")
    course_id = body.get("course_details", {}).get("course_id")
    if not course_id:
        raise Refusal(400, "Course ID must be specified to create a new enrollment.")
    is_active = body.get("is_active")
    if not isinstance(is_active, bool | None):
        raise Refusal(400, f"'{is_active}' is an invalid enrollment activation status.")
    enrollment = current_state().set_enrollment(
        str(body.get("user")), str(course_id), is_active=is_active, mode=body.get("mode")
    )
    return enrollment.as_json()
