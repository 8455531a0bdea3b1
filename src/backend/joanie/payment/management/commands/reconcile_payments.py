from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from joanie.conf import joanie_settings
from joanie.payment.services.reconciliation import reconcile_payments


class Command(BaseCommand):
    help = "Ask the providers about every payment that has been open for too long."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--backend", metavar="ALIAS", help="only this account")

    def handle(self, *args: Any, backend: str | None, **options: Any) -> None:
        if backend is not None and backend not in joanie_settings.PAYMENT_BACKENDS:
            known = ", ".join(joanie_settings.PAYMENT_BACKENDS)
            raise CommandError(f"There is no payment backend {backend!r}. Configured: {known}.")
        changed = reconcile_payments(alias=backend)
        for payment in changed:
            self.stdout.write(f"{payment} of order {payment.order_id}")
        self.stdout.write(f"{len(changed)} payments changed.")
