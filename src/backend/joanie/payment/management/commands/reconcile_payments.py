import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime, time
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from rich.console import Console
from rich.table import Table

from joanie.conf import joanie_settings
from joanie.payment.services.reconciliation import Line, Report, reconcile_payments

# Of lines that nobody looks at in a terminal.
WIDE = 250


class Command(BaseCommand):
    help = (
        "Compare payments with what their providers have, and book what is missing. Without"
        " --since: those that have been open for too long. Fails when something needs a person."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="write nothing, say what would be booked"
        )
        parser.add_argument(
            "--since",
            metavar="DATE",
            help="all that was made or changed since, settled payments too: 2026-11-20, or with a"
            " time",
        )
        parser.add_argument("--alias", help="only this account")
        parser.add_argument(
            "--format", choices=("table", "json"), default="table", help="how to write the report"
        )

    def handle(
        self,
        *args: Any,
        dry_run: bool,
        since: str | None,
        alias: str | None,
        **options: Any,
    ) -> None:
        if alias is not None and alias not in joanie_settings.PAYMENT_BACKENDS:
            known = ", ".join(joanie_settings.PAYMENT_BACKENDS)
            raise CommandError(f"There is no payment backend {alias!r}. Configured: {known}.")
        moment = None if since is None else read_moment(since)
        report = reconcile_payments(since=moment, alias=alias, is_dry_run=dry_run)
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_document(report), cls=DjangoJSONEncoder, indent=2))
        else:
            self._print(report)
        if report.needs_a_person:
            raise CommandError("Something needs a person: see the report.")

    def _print(self, report: Report) -> None:
        if report.lines:
            is_terminal = self.stdout.isatty()
            out = cast("IO[str]", self.stdout)
            console = Console(file=out, width=None if is_terminal else WIDE)
            console.print(table_of(report.lines))
        for failure in report.failures:
            self.stdout.write(f"{failure.alias} {failure.payment_id}: {failure.reason}")
        for unasked in report.unasked:
            self.stdout.write(f"{unasked.alias} could not be asked: {unasked.reason}")
        did = "would change" if report.is_dry_run else "changed"
        self.stdout.write(f"{report.compared} payments compared, {len(report.changed)} {did}.")


def read_moment(text: str) -> datetime:
    """Read a date or a moment, in the current time zone unless it says which.

    Raises CommandError, which says how to write it.
    """
    try:
        moment = parse_datetime(text)
        day = parse_date(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is not in the calendar") from error
    if day is not None:
        moment = datetime.combine(day, time.min)
    if moment is None:
        raise CommandError(f"{text!r} is not a date: write it like 2026-11-20")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if moment > timezone.now():
        raise CommandError(f"{text} is still to come")
    return moment


def table_of(lines: list[Line]) -> Table:
    table = Table("account", "what", "subject", "here", "there", "state", "order", "look at")
    for line in lines:
        found = line.finding
        table.add_row(
            found.backend,
            found.kind,
            found.subject,
            found.ours,
            found.theirs,
            line.state,
            str(found.order_id or ""),
            line.flag,
        )
    return table


def as_document(report: Report) -> dict[str, Any]:
    """Give the report as JSON has it. Ids and references are texts, amounts are in major units."""
    return {
        "since": report.since,
        "dry_run": report.is_dry_run,
        "needs_a_person": report.needs_a_person,
        "compared": report.compared,
        "changed": [change.payment_id for change in report.changed],
        "differences": [
            {**asdict(line.finding), "state": line.state, "flag": line.flag}
            for line in report.lines
        ],
        "failures": [asdict(failure) for failure in report.failures],
        "unasked": [asdict(unasked) for unasked in report.unasked],
    }
