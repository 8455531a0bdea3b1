import hmac
import sqlite3
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from flask import Flask

from joanie.emulators import dummy, openedx
from joanie.emulators.kit.loopback import is_loopback_host
from joanie.emulators.kit.serving import LOOPBACK, serve

SECONDS_A_SLOW_CARD_TAKES = 10


@dataclass(frozen=True)
class Choice:
    """``create_app`` takes the secrets and, when it ``has_state_file``, that too."""

    default_port: int
    create_app: Callable[..., Flask]
    has_state_file: bool = False


EMULATORS: Mapping[str, Choice] = {
    "dummy": Choice(
        8072,
        lambda secrets, **options: dummy.create_app(
            secrets, processing_seconds=SECONDS_A_SLOW_CARD_TAKES, **options
        ),
        has_state_file=True,
    ),
    "openedx": Choice(8079, openedx.create_app),
}


def default_secret() -> str:
    """Derive the secret that the dummy backend derives too: nobody has to copy it around."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"joanie.payment.backends.dummy", "sha256").hexdigest()


class Command(BaseCommand):
    help = "Play a payment provider or an LMS on this machine, until interrupted."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(EMULATORS), help="the provider or the LMS")
        parser.add_argument("--host", default=LOOPBACK, help="an address of this machine")
        parser.add_argument("--port", type=int, help="0 takes a free one")
        parser.add_argument(
            "--secret",
            action="append",
            default=[],
            help="the secret key of one more account; may be repeated",
        )
        parser.add_argument(
            "--state",
            type=Path,
            metavar="FILE",
            help="remember there what happened, for next time",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not is_loopback_host(options["host"]):
            raise CommandError("An emulator listens on this machine only: 127.0.0.1, say.")
        choice = EMULATORS[options["name"]]
        port = choice.default_port if options["port"] is None else options["port"]
        app = _create_app(choice, [default_secret(), *options["secret"]], options["state"])

        def announce(base_url: str) -> None:
            self.stdout.write(f"{options['name']} on {base_url}/")
            self.stdout.flush()

        serve(app, host=options["host"], port=port, announce=announce)


def _create_app(choice: Choice, secrets: list[str], state: Path | None) -> Flask:
    if state is None:
        return choice.create_app(secrets)
    if not choice.has_state_file:
        raise CommandError("This emulator keeps nothing in a file: leave --state out.")
    try:
        return choice.create_app(secrets, state_file=state)
    except (OSError, sqlite3.Error, LookupError, TypeError, ValueError) as error:
        raise CommandError(
            f"{state} cannot be read as what this emulator and its accounts remember ({error!r}): "
            "name another file, or delete it to start anew."
        ) from error
