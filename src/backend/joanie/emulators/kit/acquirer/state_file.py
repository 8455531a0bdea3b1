"""The provider's memory on disk, for an emulator that survives the end of its process."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from joanie.emulators.kit.acquirer.accounts import Accounts
from joanie.emulators.kit.acquirer.cards import Card, TestCard
from joanie.emulators.kit.acquirer.records import CardSetup, Dispute, Page, Payment, Refund
from joanie.emulators.kit.acquirer.status import (
    DisputeStatus,
    PaymentStatus,
    RefundStatus,
    SetupStatus,
)
from joanie.emulators.kit.shares import Fate, Fates

FATE = "fate"

Json = dict[str, Any]
Records = Iterator[tuple[str, Json]]


class StateFile:
    """JSON by kind and id in SQLite, written as it changes, so that a kill loses nothing."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._rows = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # What the system has outlives a process; only a power cut would lose it.
        self._rows.execute("PRAGMA journal_mode = WAL")
        self._rows.execute("PRAGMA synchronous = OFF")
        self._rows.execute(
            "CREATE TABLE IF NOT EXISTS record "
            "(kind TEXT, id TEXT, content TEXT, PRIMARY KEY (kind, id))"
        )

    def close(self) -> None:
        with self._lock:
            self._rows.close()

    def write(self, kind: str, record_id: str, content: Mapping[str, Any]) -> None:
        statement = (
            "INSERT INTO record VALUES (?, ?, ?) "
            "ON CONFLICT (kind, id) DO UPDATE SET content = excluded.content"
        )
        self._execute(statement, kind, record_id, json.dumps(content))

    def delete(self, kind: str, record_id: str) -> None:
        self._execute("DELETE FROM record WHERE kind = ? AND id = ?", kind, record_id)

    def clear(self, *, but: str = "") -> None:
        """Delete everything, but not what is of one kind."""
        self._execute("DELETE FROM record WHERE kind != ?", but)

    def read(self, kind: str) -> Records:
        """Give what there is of a kind, the oldest first."""
        query = "SELECT id, content FROM record WHERE kind = ? ORDER BY rowid"
        for record_id, content in self._execute(query, kind):
            yield record_id, json.loads(content)

    def _execute(self, statement: str, *values: str) -> list[tuple[str, str]]:
        with self._lock:
            return self._rows.execute(statement, values).fetchall()


def remembered_fates(file: StateFile | None) -> Fates:
    """Give the fates of notifications in earlier lives, and write down those to come."""
    if file is None:
        return Fates()

    def keep(name: str, fate: Fate, *, has_happened: bool) -> None:
        file.write(FATE, name, {"fate": fate, "has_happened": has_happened})

    return Fates({name: Fate(record["fate"]) for name, record in file.read(FATE)}, keep)


def as_record(kept: Payment | CardSetup) -> Json:
    """Leave the account's secret out: it is not for a file."""
    return {**asdict(kept), "page": {**asdict(kept.page), "account": kept.page.account.number}}


@dataclass(frozen=True)
class RecordReader:
    """Turns what is in the file into records again. Raises LookupError when it does not fit."""

    accounts: Accounts
    test_cards: Mapping[str, TestCard]

    def payment(self, record: Json) -> Payment:
        return Payment(
            **{
                **record,
                "page": self._page(record["page"]),
                "status": PaymentStatus(record["status"]),
                "card": self.card(record["card"]),
                "refunds": tuple(
                    Refund(**{**refund, "status": RefundStatus(refund["status"])})
                    for refund in record["refunds"]
                ),
                "disputes": tuple(
                    Dispute(**{**dispute, "status": DisputeStatus(dispute["status"])})
                    for dispute in record.get("disputes", ())
                ),
                "aliases": tuple(record.get("aliases", ())),
            }
        )

    def setup(self, record: Json) -> CardSetup:
        return CardSetup(
            **{
                **record,
                "page": self._page(record["page"]),
                "status": SetupStatus(record["status"]),
                "card": self.card(record["card"]),
            }
        )

    def card(self, record: Json | None) -> Card | None:
        if record is None:
            return None
        return Card(**{**record, "test_card": self.test_cards[record["test_card"]["id"]]})

    def _page(self, record: Json) -> Page:
        return Page(**{**record, "account": self.accounts.numbered(record["account"])})
