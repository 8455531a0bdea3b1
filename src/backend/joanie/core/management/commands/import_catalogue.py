import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import Any

from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter
from rich.console import Console
from rich.progress import Progress

from joanie.common.exceptions import JoanieError
from joanie.core.services.catalogue_import import (
    CatalogueFileRefused,
    FileFormat,
    Imported,
    Kind,
    Outcome,
    import_catalogue,
)
from joanie.core.services.catalogue_import.columns import KEYS, Column, columns_of

INTRODUCTION = """\
A CSV file has one row for each thing, and a column “kind” that says what it is. The first line
names the columns; those that a kind does not have stay empty. A JSON file is one object with the
lists “organizations”, “courses”, “course_runs” and “products”, of objects with these keys.

What is in the catalogue already is found by the column marked with *. A column that is not there
is left as it is, an empty cell empties. Nothing is ever deleted.
"""


class Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's, leaving the lines of the epilog as they are."""


class Command(BaseCommand):
    help = "Make the catalogue what a file says: everything that is in it, or nothing."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=_describe_columns(), formatter_class=Formatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV or JSON file")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )
        parser.add_argument(
            "--format",
            dest="file_format",
            choices=[*FileFormat],
            help="by default, what the file's name ends with",
        )

    def handle(
        self, *args: Any, file: Path, dry_run: bool, file_format: str | None, **options: Any
    ) -> None:
        with self._progress() as progress:
            try:
                imported = import_catalogue(
                    content=_read(file),
                    file_format=_find_format(file, file_format),
                    is_dry_run=dry_run,
                    progress=progress,
                )
            except CatalogueFileRefused as error:
                for problem in error.problems:
                    self.stderr.write(str(problem))
                raise CommandError(
                    f"{file}: nothing was changed. Problems: {len(error.problems)}."
                ) from error
            except JoanieError as error:
                raise CommandError(str(error)) from error
        self._report(imported, is_detailed=options["verbosity"] > 1)
        self.stdout.write("Nothing was changed: a dry run." if dry_run else "Done.")

    def _report(self, imported: list[Imported], *, is_detailed: bool) -> None:
        if is_detailed:
            for each in imported:
                if each.outcome is not Outcome.UNCHANGED:
                    what = f" ({', '.join(each.columns)})" if each.columns else ""
                    self.stdout.write(f"{each.outcome} {each.kind} {each.name}{what}")
        counts = Counter((each.kind, each.outcome) for each in imported)
        for kind in Kind:
            parts = (f"{counts[kind, outcome]} {outcome}" for outcome in Outcome)
            self.stdout.write(f"{kind}: {', '.join(parts)}")

    @contextmanager
    def _progress(self) -> Iterator[Any]:
        """Show a bar on a terminal, and nothing anywhere else."""
        is_shown = self.stdout.isatty() and sys.stderr.isatty()
        with Progress(console=Console(stderr=True), transient=True, disable=not is_shown) as bar:
            task = bar.add_task("Importing", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _find_format(file: Path, name: str | None) -> FileFormat:
    try:
        return FileFormat(name or file.suffix.removeprefix(".").lower())
    except ValueError as error:
        raise CommandError("Say what the file is: --format csv or --format json.") from error


def _describe_columns() -> str:
    parts = [INTRODUCTION]
    for kind in Kind:
        parts.append(f"{kind}")
        parts += [_describe(kind, column) for column in columns_of(kind).values()]
        parts.append("")
    return "\n".join(parts)


def _describe(kind: Kind, column: Column) -> str:
    mark = "*" if column.name == KEYS[kind] else " "
    needed = "Needed when it is new. " if column.is_required else ""
    lines = wrap(needed + column.about, width=66) or [""]
    return (f"{mark} {column.name:<22} " + f"\n{'':<25}".join(lines)).rstrip()
