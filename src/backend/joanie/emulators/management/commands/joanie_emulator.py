import hmac
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from flask import Flask

from joanie.emulators import dummy
from joanie.emulators.kit.loopback import is_loopback_host
from joanie.emulators.kit.serving import LOOPBACK, serve

SECONDS_A_SLOW_CARD_TAKES = 10


@dataclass(frozen=True)
class Choice:
    default_port: int
    create_app: Callable[[list[str]], Flask]


EMULATORS: Mapping[str, Choice] = {
    "dummy": Choice(
        8072,
        lambda secrets: dummy.create_app(secrets, processing_seconds=SECONDS_A_SLOW_CARD_TAKES),
    ),
}


def default_secret() -> str:
    """Derive the secret that the dummy backend derives too: nobody has to copy it around."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"joanie.payment.backends.dummy", "sha256").hexdigest()


class Command(BaseCommand):
    help = "Play a payment provider on this machine, until interrupted."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(EMULATORS), help="the provider")
        parser.add_argument("--host", default=LOOPBACK, help="an address of this machine")
        parser.add_argument("--port", type=int, help="0 takes a free one")
        parser.add_argument(
            "--secret",
            action="append",
            default=[],
            help="the secret key of one more account; may be repeated",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not is_loopback_host(options["host"]):
            raise CommandError("An emulator listens on this machine only: 127.0.0.1, say.")
        choice = EMULATORS[options["name"]]
        port = choice.default_port if options["port"] is None else options["port"]
        app = choice.create_app([default_secret(), *options["secret"]])

        def announce(base_url: str) -> None:
            self.stdout.write(f"{options['name']} on {base_url}/")
            self.stdout.flush()

        serve(app, host=options["host"], port=port, announce=announce)
