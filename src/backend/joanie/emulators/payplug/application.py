from collections.abc import Sequence
from typing import Any

from flask import Flask

from joanie.emulators.kit.acquirer.application import create_acquirer_app
from joanie.emulators.payplug import api
from joanie.emulators.payplug.provider import PayplugProvider


def create_app(secrets: Sequence[str], **options: Any) -> Flask:
    """Make the emulator, with one merchant account per secret key.

    A key that begins with ``sk_live_`` opens a live account; one without PayPlug's prefix opens a
    test account, as ``sk_test_`` and that key. ``options`` are those of ``create_acquirer_app``.
    """
    return create_acquirer_app(
        PayplugProvider(),
        secrets,
        blueprints=[api.blueprint, api.probe],
        **options,
    )
