from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from joanie.emulators.openedx.api import current_state

blueprint = Blueprint("pages", __name__, template_folder="templates")


@blueprint.get("/")
def show_enrollments() -> ResponseReturnValue:
    return render_template("openedx/dashboard.html", enrollments=current_state().enrollments())
