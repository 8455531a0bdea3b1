from collections.abc import Sequence

from flask import Flask

from joanie.emulators.kit.application import create_application
from joanie.emulators.kit.background import Background
from joanie.emulators.kit.controls import Controls
from joanie.emulators.kit.deliveries import Deliveries
from joanie.emulators.kit.emulator import Emulator
from joanie.emulators.openedx import api, pages
from joanie.emulators.openedx.instructions import own_instructions
from joanie.emulators.openedx.state import State


def create_app(secrets: Sequence[str]) -> Flask:
    """Make an LMS in which every account and every course exists, unless it is told otherwise.

    Each secret is an API key, and the secret of OAuth2 clients of any name.
    """
    controls = Controls(own_instructions())
    state = State(secrets, controls)
    emulator = Emulator(
        controls=controls,
        deliveries=Deliveries(controls),
        background=Background(),
        authorize=api.authenticate,
        forget_state=state.forget,
    )
    app = create_application(__name__, emulator)
    app.extensions[api.EXTENSION] = state
    app.register_blueprint(api.blueprint)
    app.register_blueprint(pages.blueprint)
    return app
