"""What only one provider keeps beside payments and cards: customers, nonces, its endpoints."""

import threading
from collections.abc import Mapping
from typing import Any

from joanie.emulators.kit.acquirer.accounts import Account, Accounts
from joanie.emulators.kit.acquirer.state_file import StateFile
from joanie.emulators.kit.errors import NotFoundError

NOTE = "note"

Note = Mapping[str, Any]


class Notes:
    """JSON objects by account, kind and id; in the state file too, if there is one."""

    def __init__(self, accounts: Accounts, file: StateFile | None) -> None:
        self._lock = threading.Lock()
        self._file = file
        self._notes: dict[tuple[Account, str, str], Note] = {}
        for _, record in file.read(NOTE) if file is not None else ():
            account = accounts.numbered(record["account"])
            self._notes[account, record["kind"], record["id"]] = record["note"]

    def keep(self, kind: str, note_id: str, note: Note, account: Account) -> Note:
        with self._lock:
            self._notes[account, kind, note_id] = note
        if self._file is not None:
            record = {"account": account.number, "kind": kind, "id": note_id, "note": note}
            self._file.write(NOTE, _name(kind, note_id, account), record)
        return note

    def find(self, kind: str, note_id: str, account: Account) -> Note:
        """Raises NotFoundError, also for what is another account's."""
        with self._lock:
            if (account, kind, note_id) not in self._notes:
                raise NotFoundError(kind)
            return self._notes[account, kind, note_id]

    def all(self, kind: str, account: Account) -> list[Note]:
        """List those of a kind, the oldest first."""
        with self._lock:
            return [note for key, note in self._notes.items() if key[:2] == (account, kind)]

    def take(self, kind: str, note_id: str, account: Account) -> Note:
        """Forget it and give it back; of two who take it at once, one gets it.

        Raises NotFoundError.
        """
        with self._lock:
            note = self._notes.pop((account, kind, note_id), None)
        if note is None:
            raise NotFoundError(kind)
        if self._file is not None:
            self._file.delete(NOTE, _name(kind, note_id, account))
        return note

    def forget(self) -> None:
        with self._lock:
            self._notes.clear()


def _name(kind: str, note_id: str, account: Account) -> str:
    return f"{account.number} {kind} {note_id}"
