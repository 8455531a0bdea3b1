"""Braintree, as far as a shop's server and its learners' browsers see it.

It speaks XML with servers, JSON with the client SDK, and forms when it notifies.
"""

from collections.abc import Sequence
from typing import Any

from flask import Flask

from joanie.emulators.braintree import api, client_sdk, vault_api
from joanie.emulators.braintree.provider import BraintreeProvider
from joanie.emulators.kit.acquirer.application import create_acquirer_app


def create_app(secrets: Sequence[str], **options: Any) -> Flask:
    """Make the emulator, with one merchant per secret, which is its private key.

    The other credentials are made from it: see ``credentials``. ``options`` are those of
    ``create_acquirer_app``.
    """
    blueprint = api.make_blueprint()
    vault_api.add_routes(blueprint)
    return create_acquirer_app(
        BraintreeProvider(), secrets, blueprints=[blueprint, client_sdk.blueprint], **options
    )
