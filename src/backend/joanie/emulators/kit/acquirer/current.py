"""Who answers this request, and to whom."""

from typing import cast

from flask import current_app, g

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.provider import Provider
from joanie.emulators.kit.acquirer.state import State

EXTENSION = "acquirer"


def current_state() -> State:
    return cast("State", current_app.extensions[EXTENSION])


def current_provider() -> Provider:
    return current_state().provider


def current_account() -> Account:
    """Give the account that calls the API."""
    return cast("Account", g.account)
