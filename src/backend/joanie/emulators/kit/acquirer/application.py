from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Flask

from joanie.emulators.kit.acquirer import control_api, dashboard
from joanie.emulators.kit.acquirer.accounts import Accounts
from joanie.emulators.kit.acquirer.current import EXTENSION
from joanie.emulators.kit.acquirer.pages import make_pages
from joanie.emulators.kit.acquirer.payments import take_up_again
from joanie.emulators.kit.acquirer.provider import Provider
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.acquirer.state_file import StateFile, remembered_fates
from joanie.emulators.kit.application import create_application
from joanie.emulators.kit.background import Background
from joanie.emulators.kit.controls import Controls
from joanie.emulators.kit.deliveries import Deliveries
from joanie.emulators.kit.emulator import Emulator


def create_acquirer_app(
    provider: Provider,
    secrets: Sequence[str],
    *,
    blueprints: Sequence[Blueprint],
    retry_base: float = 1.0,
    processing_seconds: float | None = None,
    state_file: Path | None = None,
) -> Flask:
    """Make the emulator of a provider, with one merchant account per secret.

    ``blueprints`` are its API and what else it answers; the pages, the dashboard and the controls
    come with it. ``retry_base`` is the wait in seconds before a notification is sent again,
    doubled each time. ``processing_seconds`` is how long a slow card takes; None is until it is
    told. ``state_file`` is where it finds what it remembers, and writes it; None is nowhere.
    """
    accounts = Accounts(secrets)
    controls = Controls(
        {**control_api.instructions(processing_seconds), **provider.own_instructions()}
    )
    file = StateFile(state_file) if state_file else None
    deliveries = Deliveries(controls, retry_base=retry_base, fates=remembered_fates(file))
    background = Background()
    state = State(
        provider,
        accounts,
        controls=controls,
        deliveries=deliveries,
        background=background,
        file=file,
    )
    emulator = Emulator(
        controls=controls,
        deliveries=deliveries,
        background=background,
        authorize=control_api.authenticate,
        forget_state=state.forget,
        close_state=state.close,
    )
    app = create_application(__name__, emulator)
    app.extensions[EXTENSION] = state
    for blueprint in (*blueprints, control_api.blueprint, dashboard.blueprint):
        app.register_blueprint(blueprint)
    app.register_blueprint(make_pages(provider))
    take_up_again(state)
    return app
