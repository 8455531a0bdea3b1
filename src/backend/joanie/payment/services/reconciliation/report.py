"""What reconciliation found, for whoever asked."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from joanie.payment.enums import DifferenceState
from joanie.payment.services.reconciliation.comparison import Finding


@dataclass(frozen=True)
class Line:
    """A difference, and what became of it; in a dry run, what would become of it.

    ``flag`` is why a person should look at the payment that was booked, if they should.
    ``is_news`` is false when it was known, just as it is.
    """

    finding: Finding
    state: DifferenceState
    flag: str = ""
    is_news: bool = True

    def __str__(self) -> str:
        found = self.finding
        said = f"here {found.ours!r}, there {found.theirs!r}"
        return f"{found.backend} {found.subject}: {found.kind}, {said}, {self.state}"

    @property
    def needs_a_person(self) -> bool:
        return self.state == DifferenceState.OPEN or bool(self.flag)


@dataclass(frozen=True)
class Change:
    """A payment that was moved; in a dry run, that would be."""

    payment_id: uuid.UUID
    reference: str
    state: str


@dataclass(frozen=True)
class Unasked:
    """An account that could not be asked, or not to the end, and why."""

    alias: str
    reason: str


@dataclass(frozen=True)
class Failure:
    """A payment that could not be compared, and why."""

    payment_id: uuid.UUID
    alias: str
    reason: str


@dataclass
class Report:
    """``compared`` counts payments; ``changed`` has those whose state is another one now."""

    since: datetime | None
    is_dry_run: bool
    compared: int = 0
    lines: list[Line] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unasked: list[Unasked] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def needs_a_person(self) -> bool:
        """Say whether anything is left that no later run will mend by itself."""
        has_open_lines = any(line.needs_a_person for line in self.lines)
        return has_open_lines or bool(self.unasked or self.failures)
