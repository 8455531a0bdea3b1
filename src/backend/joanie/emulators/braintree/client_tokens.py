"""What opens the client SDK in one learner's browser, for a day."""

import binascii
import json
from base64 import b64decode, b64encode

from joanie.emulators.braintree.credentials import merchant_id
from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.notes import Note
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.errors import NotFoundError
from joanie.emulators.kit.identifiers import new_id

FINGERPRINT = "fingerprint"
LIVES = 24 * 3600


def make_client_token(
    state: State, account: Account, origin: str, *, customer: str | None, merchant_account: str
) -> str:
    """Return base64 of JSON, as the SDK of the browser reads it."""
    fingerprint = new_id("fp")
    note = {"customer": customer, "merchant_account": merchant_account, "created": state.now()}
    state.notes.keep(FINGERPRINT, fingerprint, note, account)
    merchant = merchant_id(account)
    content = {
        "version": 2,
        "authorizationFingerprint": fingerprint,
        "clientApiUrl": f"{origin}/merchants/{merchant}/client_api",
        "configUrl": f"{origin}/merchants/{merchant}/client_api/v1/configuration",
        "merchantId": merchant,
        "merchantAccountId": merchant_account,
        "environment": "development",
        "threeDSecureEnabled": True,
    }
    return b64encode(json.dumps(content).encode()).decode()


def open_client_token(state: State, token: str) -> tuple[Account, Note]:
    """Read a client token. Raises NotFoundError for what is none, or too old."""
    try:
        fingerprint = json.loads(b64decode(token, validate=True))["authorizationFingerprint"]
    except (binascii.Error, KeyError, TypeError, ValueError) as error:
        raise NotFoundError(FINGERPRINT) from error
    return open_fingerprint(state, fingerprint)


def open_fingerprint(state: State, fingerprint: str) -> tuple[Account, Note]:
    for account in state.accounts:
        try:
            note = state.notes.find(FINGERPRINT, str(fingerprint), account)
        except NotFoundError:
            continue
        if note["created"] > state.now() - LIVES:
            return account, note
    raise NotFoundError(FINGERPRINT)
