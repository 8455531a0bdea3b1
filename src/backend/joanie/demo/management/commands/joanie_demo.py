import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from joanie.demo.counterpart import find_counterpart
from joanie.demo.exceptions import DemoFailed
from joanie.demo.narration import Narrator
from joanie.demo.stage import Stage

DEFAULT_PORT = 8071


class Command(BaseCommand):
    help = "Show Joanie at work: a learner buys over HTTP, with a provider played on this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when all has been shown")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="of the web server")
        parser.add_argument(
            "--emulator-port", type=int, help="of the provider; each has its own without it"
        )

    def handle(
        self, *args: Any, once: bool, port: int, emulator_port: int | None, **options: Any
    ) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The demo sells without taking money: it runs with DEBUG on, and never on a site "
                "that sells."
            )
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _end)
        narrator = Narrator(self.stdout)
        try:
            counterpart = find_counterpart()
            provider_port = counterpart.default_port if emulator_port is None else emulator_port
            Stage(port, provider_port, narrator, counterpart).run(is_once=once)
            narrator.title("Done." if once else "Stopped.")
        except DemoFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted.", returncode=130) from error


def _end(number: int, _frame: FrameType | None) -> None:
    """End as after Ctrl-C, so that what was started ends too."""
    sys.exit(128 + number)
