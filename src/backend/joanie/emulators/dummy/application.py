from collections.abc import Sequence
from pathlib import Path

from flask import Flask

from joanie.emulators.dummy import api, control_api, dashboard, pages
from joanie.emulators.dummy.payments import take_up_again
from joanie.emulators.dummy.state import State
from joanie.emulators.dummy.state_file import StateFile, remembered_fates
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
    state_file: Path | None = None,
) -> Flask:
    """Make the dummy provider, with one merchant account per secret.

    ``retry_base`` is the wait in seconds before a notification is sent again, doubled each time.
    ``processing_seconds`` is how long a slow card takes; None is until it is told.
    ``state_file`` is where it finds what it remembers, and writes it; None is nowhere.
    """
    controls = Controls(control_api.own_instructions(processing_seconds))
    file = StateFile(state_file) if state_file else None
    deliveries = Deliveries(controls, retry_base=retry_base, fates=remembered_fates(file))
    background = Background()
    state = State(
        secrets,
        controls=controls,
        deliveries=deliveries,
        background=background,
        file=file,
    )
    emulator = Emulator(
        controls=controls,
        deliveries=deliveries,
        background=background,
        authorize=api.authenticate,
        forget_state=state.forget,
        close_state=state.close,
    )
    app = create_application(__name__, emulator)
    app.extensions[api.EXTENSION] = state
    for blueprint in (api.blueprint, control_api.blueprint, pages.blueprint, dashboard.blueprint):
        app.register_blueprint(blueprint)
    take_up_again(state)
    return app
