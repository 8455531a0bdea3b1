"""From what is written to what it means, one row at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joanie.common.money import MINOR_UNITS, InvalidAmount, Money, parse_money
from joanie.core.services.catalogue_import.columns import KEYS, columns_of
from joanie.core.services.catalogue_import.records import Kind, Problem, Record
from joanie.core.services.catalogue_import.values import WrongValue


@dataclass(frozen=True)
class Entry:
    """A row that can be understood. ``values``: without the key; the price with its currency.

    ``key`` tells it from others, ``name`` is what people call it.
    """

    kind: Kind
    where: str
    key: Any
    name: str
    values: Mapping[str, Any]


def read_entries(records: Iterable[Record]) -> tuple[list[Entry], list[Problem]]:
    """Return what the rows mean, and what is wrong with others."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    first: dict[tuple[Kind, Any], str] = {}
    for record in records:
        try:
            entry = _read_entry(record)
        except _Unreadable as error:
            problems += error.problems
            continue
        there = first.setdefault((entry.kind, entry.key), entry.where)
        if there != entry.where:
            message = f"“{entry.name}” is in the file already: {there}."
            problems.append(Problem(entry.where, KEYS[entry.kind], message))
        entries.append(entry)
    return entries, problems


class _Unreadable(Exception):
    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__()


def _read_entry(record: Record) -> Entry:
    columns, key_column = columns_of(record.kind), KEYS[record.kind]
    read: dict[str, Any] = {}
    problems = []
    for name, value in {key_column: "", **record.values}.items():
        try:
            read[name] = columns[name].read(value)
        except WrongValue as error:
            problems.append(Problem(record.where, name, str(error)))
    is_price_readable = not {"price", "price_currency"} & (set(record.values) - set(read))
    if record.kind is Kind.PRODUCT and is_price_readable:
        try:
            read |= _read_price(read.pop("price", None), read.pop("price_currency", None))
        except WrongValue as error:
            problems.append(Problem(record.where, "price", str(error)))
    if problems:
        raise _Unreadable(problems)
    return Entry(record.kind, record.where, read.pop(key_column), name_of(record), read)


def name_of(record: Record) -> str:
    """Return what the row is called in the file, and by other rows of it."""
    return str(record.values.get(KEYS[record.kind], "")).strip()


def _read_price(amount: str | None, currency: str | None) -> dict[str, Money]:
    """Return the price, if there is one. What is written too finely is refused: 12.000 EUR."""
    if amount is None and currency is None:
        return {}
    if amount is None or currency is None:
        raise WrongValue("“price” and “price_currency” belong together: give both.")
    decimals = MINOR_UNITS[currency]
    if len(amount.partition(".")[2]) > decimals:
        allowed = f"has {decimals} decimals" if decimals else "has no decimals"
        raise WrongValue(f"{amount} is too fine: {currency} {allowed}.")
    try:
        return {"price": parse_money(amount, currency)}
    except InvalidAmount as error:
        raise WrongValue(f"{error}.") from error
