from typing import Any

from django.core.management.base import BaseCommand, CommandError

from joanie.common.transactions import one_snapshot
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import ProformaInvoice, Transaction


class Command(BaseCommand):
    help = "Recompute the ledger; fails when anything does not add up, to the last unit."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        with one_snapshot():
            for discrepancy in verify_ledger():
                found += 1
                self.stderr.write(f"{discrepancy.subject}: {discrepancy.problem}")
        if found:
            raise CommandError(f"The ledger does not add up: {found} discrepancies.")
        documents, lines = ProformaInvoice.objects.count(), Transaction.objects.count()
        self.stdout.write(f"The ledger adds up: {documents} documents, {lines} transactions.")
