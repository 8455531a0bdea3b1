from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from joanie.demo.catalogue import load_catalogue


class Command(BaseCommand):
    help = "Load the demo catalogue, or make it again what its files say."

    def handle(self, *args: Any, **options: Any) -> str:
        loaded = load_catalogue(timezone.now().date())
        return ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in loaded.items())
