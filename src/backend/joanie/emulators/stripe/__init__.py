"""Stripe, as far as a shop speaks with it: checkout pages, payment intents, cards, events.

``credentials``   the keys of an account
``api``           ``/v1``, with ``requests`` read from forms by ``forms``
``wire``          records as Stripe's objects, which ``expansion`` shows whole or by their id
``events``        what happened, as signed events
``cards``         Stripe's own test cards
``provider``      the rest of what is particular to Stripe, its errors among it

The wire format is https://docs.stripe.com/api, version 2026-10-28.endive.
"""

from collections.abc import Sequence
from typing import Any

from flask import Flask

from joanie.emulators.kit.acquirer.application import create_acquirer_app
from joanie.emulators.stripe import api
from joanie.emulators.stripe.provider import StripeProvider

__all__ = ["create_app"]


def create_app(secrets: Sequence[str], **options: Any) -> Flask:
    """Make a Stripe with one account per secret; ``credentials`` says what its keys are.

    The options are those of ``create_acquirer_app``.
    """
    return create_acquirer_app(StripeProvider(), secrets, blueprints=[api.blueprint], **options)
