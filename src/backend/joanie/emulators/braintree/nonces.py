"""What the learner's browser gets for a card, for one use within three hours."""

import time
from dataclasses import dataclass

from joanie.emulators.braintree.cards import CONSUMED_NONCE, FAKE_NONCES, LUHN_INVALID_NONCE
from joanie.emulators.braintree.errors import Invalid
from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.notes import Note
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.errors import NotFoundError
from joanie.emulators.kit.identifiers import new_id

NONCE = "nonce"
LIVES = 3 * 3600


@dataclass(frozen=True)
class Nonce:
    """``card`` is a test card's id; ``token`` and ``customer`` are those of a saved one."""

    card: str
    three_d_secure: str | None = None
    token: str | None = None
    customer: str | None = None


def make_nonce(state: State, nonce: Nonce, account: Account) -> str:
    nonce_id = new_id("tokencc")
    note = {**vars(nonce), "created": time.time(), "consumed": False}
    state.notes.keep(NONCE, nonce_id, note, account)
    return nonce_id


def find_nonce(state: State, nonce_id: str, account: Account) -> Note:
    """Look at a nonce without using it. Raises NotFoundError."""
    if nonce_id in FAKE_NONCES:
        card, three_d_secure = FAKE_NONCES[nonce_id]
        return {"card": card, "three_d_secure": three_d_secure}
    return state.notes.find(NONCE, nonce_id, account)


def use_nonce(state: State, nonce_id: str, account: Account) -> Nonce:
    """Use a nonce up, but those that are always there. Raises Invalid."""
    if nonce_id == CONSUMED_NONCE:
        raise _refused("91564", "Cannot use a payment_method_nonce more than once.")
    if nonce_id == LUHN_INVALID_NONCE:
        raise Invalid("81715", "number", "Credit card number is invalid.", about="credit-card")
    try:
        note = find_nonce(state, nonce_id, account)
    except NotFoundError as error:
        raise _refused("91565", "Unknown or expired payment_method_nonce.") from error
    if note.get("consumed"):
        raise _refused("91564", "Cannot use a payment_method_nonce more than once.")
    if nonce_id not in FAKE_NONCES:
        if note["created"] < state.now() - LIVES:
            raise _refused("91565", "Unknown or expired payment_method_nonce.")
        state.notes.keep(NONCE, nonce_id, {**note, "consumed": True}, account)
    return Nonce(note["card"], note.get("three_d_secure"), note.get("token"), note.get("customer"))


def _refused(number: str, message: str) -> Invalid:
    return Invalid(number, "payment_method_nonce", message)
