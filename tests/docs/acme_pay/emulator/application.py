from collections.abc import Sequence
from typing import Any

from flask import Flask
from tests.docs.acme_pay.emulator import api
from tests.docs.acme_pay.emulator.provider import AcmeProvider

from joanie.emulators.kit.acquirer.application import create_acquirer_app


def create_app(secrets: Sequence[str], **options: Any) -> Flask:
    """Make the emulator, with one merchant account per secret key.

    The options are those of ``create_acquirer_app``.
    """
    provider = AcmeProvider()
    return create_acquirer_app(provider, secrets, blueprints=[api.blueprint], **options)
