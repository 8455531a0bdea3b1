from flask import Blueprint, Flask, abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from joanie.emulators.kit import control_api
from joanie.emulators.kit.amounts import format_amount
from joanie.emulators.kit.emulator import EXTENSION, Emulator
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.kit.loopback import is_allowed_url

MAX_BODY_SIZE = 1024 * 1024


def create_application(import_name: str, emulator: Emulator) -> Flask:
    """Make the Flask application of an emulator; its provider's blueprints come on top."""
    app = Flask(import_name, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_SIZE
    app.extensions[EXTENSION] = emulator
    app.jinja_env.filters["amount"] = format_amount
    app.before_request(refuse_foreign_host)
    app.register_error_handler(ApiError, answer_api_error)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_blueprint(
        Blueprint(
            "kit",
            __name__,
            template_folder="templates",
            static_folder="static",
            static_url_path="/static/kit",
        )
    )
    app.register_blueprint(control_api.blueprint)
    return app


def refuse_foreign_host() -> None:
    """Stop a web page that made its own name point at this machine (DNS rebinding)."""
    if not is_allowed_url(request.host_url):
        abort(400, "An emulator answers on this machine's own addresses only.")


def answer_api_error(error: ApiError) -> ResponseReturnValue:
    return error.answer()


def answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer a wrong path or method: as a page to browsers, as JSON to programs."""
    status = error.code or 500
    accepted = request.accept_mimetypes
    if accepted.quality("text/html") > accepted.quality("application/json"):
        page = render_template("emulator/error.html", title=error.name, message=error.description)
        return page, status
    code = error.name.lower().replace(" ", "_")
    return {"error": {"code": code, "message": error.description}}, status
