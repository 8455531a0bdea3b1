from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

import joanie
from joanie.emulators.skeleton.places import BadPlace, in_checkout, in_package
from joanie.emulators.skeleton.words import BadName, Words
from joanie.emulators.skeleton.writing import write_provider

# Of the checkout, when Joanie is one: src/backend/joanie is below.
ROOT = Path(joanie.__file__).resolve().parents[3]
IN_A_CHECKOUT = """The rest is a line in each of these:
src/backend/joanie/emulators/ports.py  its port
mkdocs.yml                             its page"""


class Command(BaseCommand):
    help = "Write the first files of a payment provider, with tests that say what to write next."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="of its folder and of its settings, such as acme_pay")
        parser.add_argument("--label", help="what people call it, such as “Acme Pay”")
        parser.add_argument(
            "--into",
            type=Path,
            metavar="FOLDER",
            help="the package to make; without it, a checkout of Joanie is written to",
        )

    def handle(
        self, *args: Any, name: str, label: str | None, into: Path | None, **options: Any
    ) -> None:
        try:
            words = Words(name, label or name.replace("_", " ").title())
            places = in_checkout(ROOT, name) if into is None else in_package(into)
            written = write_provider(words, places)
        except (BadName, BadPlace, OSError) as error:
            raise CommandError(str(error)) from error
        for path in written:
            self.stdout.write(_from_here(path))
        if places.is_ours:
            self.stdout.write(f"\n{IN_A_CHECKOUT}")
        (test,) = [path for path in written if path.name.startswith("test_")]
        self.stdout.write(f"\nNext, python -m pytest {_from_here(test)} says what to write.")


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
