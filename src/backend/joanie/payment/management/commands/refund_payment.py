from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from joanie.common.exceptions import JoanieError
from joanie.common.money import InvalidAmount, parse_money
from joanie.payment.ledger.refunds import refundable
from joanie.payment.models import Payment
from joanie.payment.services.refunds import refund_payment


class Command(BaseCommand):
    help = "Ask the provider to give a payment back, in full unless --amount says otherwise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("payment", help="its id, or the provider's reference")
        parser.add_argument("--amount", help="in major units of the payment's currency")
        parser.add_argument("--reason", default="", help="printed on the credit note")

    def handle(
        self, *args: Any, payment: str, amount: str | None, reason: str, **options: Any
    ) -> None:
        found = self._find(payment)
        available = refundable(found)
        try:
            money = available if amount is None else parse_money(amount, available.currency)
            refund = refund_payment(payment=found, amount=money, reason=reason)
        except (InvalidAmount, JoanieError) as error:
            raise CommandError(f"{error} ({available} is left of this payment)") from error
        self.stdout.write(f"{refund}: the worker tells the provider. Id: {refund.pk}")

    def _find(self, name: str) -> Payment:
        found = list(Payment.objects.filter(provider_reference=name)[:2])
        if not found:
            try:
                found = list(Payment.objects.filter(pk=name))
            except ValidationError:
                found = []
        if len(found) != 1:
            raise CommandError(
                f"{len(found)} payments are called {name!r}: give the payment's id."
            )
        return found[0]
