from collections.abc import Sequence
from typing import Any

from flask import Flask

from joanie.emulators.dummy import api
from joanie.emulators.dummy.provider import DummyProvider
from joanie.emulators.kit.acquirer.application import create_acquirer_app


def create_app(secrets: Sequence[str], **options: Any) -> Flask:
    """Make the dummy provider, with one merchant account per secret.

    The options are those of ``create_acquirer_app``.
    """
    return create_acquirer_app(DummyProvider(), secrets, blueprints=[api.blueprint], **options)
