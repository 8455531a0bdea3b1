"""The files under ``data/``: what ``data/README.md`` describes, as Python values."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from joanie.common.money import Money
from joanie.demo.exceptions import DemoFailed

DATA = Path(__file__).parent / "data"
REGISTRATIONS = DATA / "studentRegistration.csv"
# A presentation is called by its year and one of these.
START_MONTHS = {"B": 2, "J": 10}


@dataclass(frozen=True)
class Presentation:
    """One time a module was taught. ``code`` is such as 2013J."""

    module: str
    code: str
    days: int

    def __str__(self) -> str:
        return f"{self.module} {self.code}"

    @property
    def started_on(self) -> date:
        """The dataset knows the month; the day is taken to be the first."""
        return date(int(self.code[:4]), START_MONTHS[self.code[4:]], 1)


@dataclass(frozen=True)
class Registration:
    """A student who came to a presentation. Days are counted from its start; None is unknown."""

    module: str
    presentation: str
    student: str
    registered_on: int | None
    left_on: int | None

    def __str__(self) -> str:
        return f"{self.module} {self.presentation}, student {self.student}"

    @property
    def has_left(self) -> bool:
        return self.left_on is not None


@dataclass(frozen=True)
class Seller:
    """An institution that does not exist. ``prices`` are by module, or by presentation."""

    identity: Mapping[str, str]
    title_fr: str
    currency: str
    vat_rate: Decimal
    prices: Mapping[str, str]

    def sells(self, presentation: Presentation) -> bool:
        return presentation.module in self.prices

    def price_of(self, presentation: Presentation) -> Money:
        amount = self.prices.get(str(presentation), self.prices[presentation.module])
        return Money(amount, self.currency)


def read_presentations() -> list[Presentation]:
    """Give the 22 presentations, the oldest first."""
    with (DATA / "courses.csv").open(encoding="utf-8", newline="") as file:
        rows = [Presentation(module, code, int(days)) for module, code, days in _body(file)]
    return sorted(rows, key=lambda each: (each.started_on, each.module))


def read_registrations(path: Path = REGISTRATIONS) -> list[Registration]:
    """Give every row, in the order of the file. Raises DemoFailed, naming the line at fault."""
    registrations = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(_body(file), start=2):
                registrations.append(_read_registration(row, f"{path}, line {number}"))
    except OSError as error:
        raise DemoFailed(f"{path} cannot be read: {error.strerror}.") from error
    return registrations


def read_sellers() -> list[Seller]:
    rows: list[dict[str, Any]] = json.loads((DATA / "sellers.json").read_text(encoding="utf-8"))
    return [
        Seller(
            title_fr=row.pop("title_fr"),
            currency=row.pop("currency"),
            vat_rate=Decimal(row.pop("vat_rate")),
            prices=row.pop("prices"),
            identity=row,
        )
        for row in rows
    ]


def _read_registration(row: list[str], where: str) -> Registration:
    try:
        module, presentation, student, registered_on, left_on = row
        return Registration(module, presentation, student, _day(registered_on), _day(left_on))
    except ValueError as error:
        raise DemoFailed(
            f"{where}: a registration is a module, a presentation, a student and two days, "
            f"either of them empty or a whole number ({error})."
        ) from error


def _day(text: str) -> int | None:
    return int(text) if text else None


def _body(file: Any) -> Any:
    rows = csv.reader(file)
    next(rows, None)
    return rows
