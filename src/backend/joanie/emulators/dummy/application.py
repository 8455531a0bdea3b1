from collections.abc import Sequence

from flask import Flask

from joanie.emulators.dummy import api, control_api, dashboard, pages
from joanie.emulators.dummy.state import State
from joanie.emulators.kit.application import create_application
from joanie.emulators.kit.background import Background
from joanie.emulators.kit.controls import Controls
from joanie.emulators.kit.deliveries import Deliveries
from joanie.emulators.kit.emulator import Emulator


def create_app(
    secrets: Sequence[str],
    *,
    retry_base: float = 1.0,
    processing_seconds: float | None = None,
) -> Flask:
    """Make the dummy provider, with one merchant account per secret.

    ``retry_base`` is the wait in seconds before a notification is sent again, doubled each time.
    ``processing_seconds`` is how long a slow card takes; None is until it is told.
    """
    controls = Controls(control_api.own_instructions(processing_seconds))
    deliveries = Deliveries(controls, retry_base=retry_base)
    background = Background()
    state = State(secrets, controls=controls, deliveries=deliveries, background=background)
    emulator = Emulator(
        controls=controls,
        deliveries=deliveries,
        background=background,
        authorize=api.authenticate,
        forget_state=state.forget,
    )
    app = create_application(__name__, emulator)
    app.extensions[api.EXTENSION] = state
    for blueprint in (api.blueprint, control_api.blueprint, pages.blueprint, dashboard.blueprint):
        app.register_blueprint(blueprint)
    return app
