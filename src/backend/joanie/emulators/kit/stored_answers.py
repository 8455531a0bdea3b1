"""What makes a repeated request safe: the answer to the first one, kept under its key."""

import threading
from dataclasses import dataclass

from joanie.emulators.kit.errors import ApiError

Key = tuple[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str


@dataclass
class _Record:
    fingerprint: str
    answer: Answer | None = None


class StoredAnswers:
    """One answer per key. A repetition that overtakes the original waits for its answer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._records: dict[Key, _Record] = {}

    def begin(self, key: Key, fingerprint: str, *, waits: bool = True) -> Answer | None:
        """Return the stored answer, or None to the first caller, who must then ``finish``.

        Raises ApiError 409 for another request, and for one in progress unless it ``waits``.
        """
        with self._changed:
            while True:
                record = self._records.get(key)
                if record is None:
                    self._records[key] = _Record(fingerprint)
                    return None
                if record.fingerprint != fingerprint:
                    raise ApiError(
                        409, "idempotency_mismatch", "This key was used for another request."
                    )
                if record.answer is not None:
                    return record.answer
                if not waits:
                    raise ApiError(409, "idempotency_in_use", "The first request still runs.")
                self._changed.wait()

    def finish(self, key: Key, answer: Answer | None) -> None:
        """Store what was answered; None when nothing was done and the key is free again."""
        with self._changed:
            record = self._records.get(key)
            if record is not None and answer is not None:
                record.answer = answer
            else:
                self._records.pop(key, None)
            self._changed.notify_all()

    def forget(self) -> None:
        with self._changed:
            self._records.clear()
            self._changed.notify_all()
