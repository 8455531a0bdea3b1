"""The blueprint of a provider's API, whose endpoints can be told to fail."""

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer.current import current_provider, current_state
from joanie.emulators.kit.control_api import API
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.kit.faults import inject_faults

CODES_OF_FAULTS = {401: "unauthorized", 429: "rate_limited"}


def make_api(import_name: str, url_prefix: str | None = None) -> Blueprint:
    """Make a blueprint that fails as told, knows who calls, and refuses as its provider does."""
    blueprint = Blueprint(API, import_name, url_prefix=url_prefix)
    blueprint.register_error_handler(ApiError, answer_error)
    inject_faults(blueprint, refusal=refuse_as_told)
    blueprint.before_request(open_account)
    return blueprint


def answer_error(error: ApiError) -> ResponseReturnValue:
    return current_provider().answer(error)


def refuse_as_told(status: int) -> ResponseReturnValue:
    code = CODES_OF_FAULTS.get(status, "internal_error")
    return answer_error(ApiError(status, code, "The emulator was told to fail."))


def open_account() -> None:
    g.account = current_provider().authenticate(current_state().accounts)
