from django.core.management.base import BaseCommand

from core.models import Order


class Command(BaseCommand):
    def handle(self, *arguments, **options):
        self.stdout.write(f"{Order.objects.count()} at the canteen")
