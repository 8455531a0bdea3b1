"""What the runs of a replay did, for the report: nothing is decided by it."""

import json
from collections import Counter
from enum import StrEnum
from pathlib import Path


class Deed(StrEnum):
    STARTED = "started"
    KILLED_A_WORKER = "killed a worker"
    RESTARTED_A_WORKER = "restarted a worker"
    RESTARTED_A_WEB_SERVER = "restarted a web server"
    ENDED = "ended"


class Journal:
    """A line for each deed, of this run and of earlier ones, killed or not."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def note(self, deed: Deed) -> None:
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(f"{json.dumps(deed)}\n")

    def counts(self) -> Counter[Deed]:
        if not self._file.exists():
            return Counter()
        with self._file.open(encoding="utf-8") as lines:
            return Counter(Deed(json.loads(line)) for line in lines if line.endswith("\n"))

    def forget(self) -> None:
        self._file.unlink(missing_ok=True)
