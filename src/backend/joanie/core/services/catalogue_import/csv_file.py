"""Catalogue files that come out of a spreadsheet: one row for each thing, of the kind it says."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from joanie.core.services.catalogue_import.columns import all_columns, columns_of, suggest
from joanie.core.services.catalogue_import.records import (
    CatalogueFileRefused,
    Kind,
    Problem,
    Record,
    decode,
)

KIND = "kind"
DELIMITERS = (",", ";", "\t")

Row = tuple[int, list[str]]


def read_csv(content: bytes) -> tuple[list[Record], list[Problem]]:
    """Return the rows, and what is wrong with others. Raises CatalogueFileRefused.

    Cells are separated by commas, semicolons or tabs, whichever the first line has most of.
    """
    rows = list(_read_rows(decode(content)))
    if not rows:
        raise CatalogueFileRefused([Problem("line 1", "", "The file is empty.")])
    header = [name.strip().lower() for name in rows[0][1]]
    problems = list(_check_header(header))
    if problems:
        raise CatalogueFileRefused(problems)
    records = []
    for line, cells in rows[1:]:
        values = _name_cells(header, cells)
        found = dict(_check_row(header, cells, values))
        problems += [Problem(f"line {line}", name, message) for name, message in found.items()]
        if KIND not in found:
            kind = _kind_of(values)
            kept = {name: cell for name, cell in values.items() if name in columns_of(Kind(kind))}
            records.append(Record(Kind(kind), f"line {line}", kept))
    return records, problems


def _read_rows(text: str) -> Iterator[Row]:
    """Yield rows with something in them, each with the number of its first line."""
    first_line = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first_line.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"This cannot be read: {error}. Is a quotation mark missing?"
        raise CatalogueFileRefused([Problem(f"line {line}", "", message)]) from error


def _check_header(header: Sequence[str]) -> Iterator[Problem]:
    known = {KIND, *all_columns()}
    if KIND not in header:
        message = f"The first line names the columns, and one of them is “{KIND}”."
        yield Problem("line 1", KIND, message)
    for name in dict.fromkeys(filter(None, header)):
        if name not in known:
            yield Problem("line 1", name, f"There is no such column. {suggest(name, known)}")
        elif header.count(name) > 1:
            yield Problem("line 1", name, "This column is there more than once.")


def _name_cells(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    # A spreadsheet may leave out the last cells of a row when they are empty.
    padded = [*cells, *[""] * (len(header) - len(cells))]
    return {name: cell.strip() for name, cell in zip(header, padded, strict=False)}


def _kind_of(values: Mapping[str, str]) -> str:
    return values[KIND].lower().replace(" ", "_").replace("-", "_")


def _check_row(
    header: Sequence[str], cells: Sequence[str], values: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield a column, and what is wrong there."""
    kind = _kind_of(values)
    if any(cell.strip() for cell in cells[len(header) :]) or values.get(""):
        yield "", "This row has more cells than there are columns. Is a quotation mark missing?"
    if kind not in {*Kind}:
        yield KIND, f"“{values[KIND]}” is no kind. Write {', '.join(Kind)}."
        return
    for name, cell in values.items():
        if cell and name not in {"", KIND} and name not in columns_of(Kind(kind)):
            yield name, f"A row of the kind “{kind}” has no such thing: empty the cell."
