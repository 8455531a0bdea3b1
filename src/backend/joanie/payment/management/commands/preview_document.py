from argparse import ArgumentParser, ArgumentTypeError
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

import joanie.payment.documents
from joanie.common.money import MINOR_UNITS
from joanie.core.logos import check_logo
from joanie.payment.documents.exceptions import DocumentNotRendered
from joanie.payment.documents.logos import as_data_url
from joanie.payment.documents.printout import Printout
from joanie.payment.documents.rendering import print_pdf
from joanie.payment.documents.samples import Kind, sample_document


class Command(BaseCommand):
    help = "Print a document with made-up data, to see its template. The database is not read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--kind",
            choices=list(Kind),
            default=Kind.PROFORMA_INVOICE,
            help="a pro forma invoice, what corrects one, or what takes that back",
        )
        parser.add_argument("--language", default="en", help="a Django language code")
        parser.add_argument(
            "--currency",
            choices=sorted(MINOR_UNITS),
            default="EUR",
            metavar="EUR",
            help="by its ISO 4217 code",
        )
        parser.add_argument("--lines", type=_count, default=1, help="60 make several pages")
        parser.add_argument("--logo", type=Path, help="a PNG or JPEG file")
        parser.add_argument("--output", type=Path, required=True, help="the PDF to write")

    def handle(
        self,
        *args: Any,
        kind: str,
        language: str,
        currency: str,
        lines: int,
        logo: Path | None,
        output: Path,
        **options: Any,
    ) -> None:
        invoice = sample_document(Kind(kind), language=language, currency=currency, lines=lines)
        printout = Printout.of(invoice, logo=self._read(logo))
        try:
            pdf = print_pdf(invoice, printout)
        except DocumentNotRendered as error:
            template, refused = error.context["template"], error.context["refused"]
            raise CommandError(f"{template}: {refused}") from error
        try:
            output.write_bytes(pdf)
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}") from error
        self.stdout.write(f"{output}: {len(pdf)} bytes")

    def _read(self, logo: Path | None) -> str:
        try:
            content = _sample_logo() if logo is None else logo.read_bytes()
            return as_data_url(content, check_logo(content))
        except OSError as error:
            raise CommandError(f"{logo}: {error.strerror}") from error
        except ValidationError as error:
            raise CommandError(f"{logo}: {' '.join(error.messages)}") from error


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ArgumentTypeError("between 1 and 1000")
    return int(text)


def _sample_logo() -> bytes:
    return (files(joanie.payment.documents) / "assets" / "sample-logo.png").read_bytes()
