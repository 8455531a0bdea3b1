import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from joanie.payment.enums import NotificationState
from joanie.payment.models import PaymentNotification
from joanie.payment.services.intake import process_notification


class Command(BaseCommand):
    help = "Process notifications of the inbox again: those parked as dead, or those named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", nargs="*", help="ids; without any, all that are dead")

    def handle(self, *args: Any, **options: Any) -> None:
        for notification in self._select(options["id"]):
            state = process_notification(notification)
            self.stdout.write(f"{notification.pk} {notification.backend}: {state}")

    def _select(self, ids: list[str]) -> list[PaymentNotification]:
        if not ids:
            return list(PaymentNotification.objects.filter(state=NotificationState.DEAD))
        try:
            # In the order given, and each once.
            wanted = list(dict.fromkeys(uuid.UUID(each) for each in ids))
        except ValueError as error:
            raise CommandError(f"Not an id: {error}") from error
        found = PaymentNotification.objects.in_bulk(wanted)
        missing = [str(each) for each in wanted if each not in found]
        if missing:
            raise CommandError(f"There is no notification {', '.join(missing)}.")
        return [found[each] for each in wanted]
