import hmac
import sqlite3
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from flask import Flask

from joanie.emulators.kit.acquirer.current import EXTENSION
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.loopback import ALLOWED_HOSTS, is_allowed_url, is_loopback_host
from joanie.emulators.kit.serving import LOOPBACK, serve
from joanie.emulators.ports import OTHERS, PROVIDERS

SECONDS_A_SLOW_CARD_TAKES = 10


@dataclass(frozen=True)
class Choice:
    """``is_acquirer`` says that it plays a provider of payments, which may keep a state file."""

    name: str
    default_port: int
    is_acquirer: bool

    def create_app(self, secrets: Sequence[str], **options: Any) -> Flask:
        module = import_module(f"joanie.emulators.{self.name}")
        return cast("Flask", module.create_app(secrets, **options))


EMULATORS: Mapping[str, Choice] = {
    name: Choice(name, port, is_acquirer=name in PROVIDERS)
    for name, port in {**PROVIDERS, **OTHERS}.items()
}


def default_secret(name: str) -> str:
    """Derive the secret of the first account: whoever knows the key of the site need not ask.

    The dummy backend derives the same, so that nobody has to copy it around.
    """
    key = settings.SECRET_KEY.encode()
    backend = name if name in PROVIDERS else "dummy"
    return hmac.new(key, f"joanie.payment.backends.{backend}".encode(), "sha256").hexdigest()


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
        parser.add_argument(
            "--notify",
            metavar="URL",
            help="where the first account is told of what no payment says where to tell",
        )
        parser.add_argument(
            "--allow-host",
            action="append",
            default=[],
            metavar="NAME",
            help="a host that is asked here, or told, as if it were this machine; may be repeated",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not is_loopback_host(options["host"]) and not options["allow_host"]:
            raise CommandError(
                "An emulator listens on this machine only: 127.0.0.1, say. It listens elsewhere "
                "under the names of --allow-host."
            )
        choice = EMULATORS[options["name"]]
        port = choice.default_port if options["port"] is None else options["port"]
        secrets = [default_secret(choice.name), *options["secret"]]
        app = _create_app(choice, secrets, options["state"])
        app.config[ALLOWED_HOSTS] = frozenset(host.lower() for host in options["allow_host"])
        if options["notify"]:
            _keep_endpoint(choice, app, options["notify"])

        def announce(base_url: str) -> None:
            self.stdout.write(f"{choice.name} on {base_url}/")
            self.stdout.flush()

        serve(app, host=options["host"], port=port, announce=announce)


def _keep_endpoint(choice: Choice, app: Flask, url: str) -> None:
    """Do what a merchant does once in the provider's back office."""
    if not choice.is_acquirer:
        raise CommandError("This emulator has nothing to tell: leave --notify out.")
    with app.app_context():
        if not is_allowed_url(url):
            raise CommandError(
                f"--notify is a URL of this machine, and {url!r} is not: add its --allow-host."
            )
    state: State = app.extensions[EXTENSION]
    state.keep_endpoint(url, state.accounts.numbered(1))


def _create_app(choice: Choice, secrets: list[str], state: Path | None) -> Flask:
    if not choice.is_acquirer and state is not None:
        raise CommandError("This emulator keeps nothing in a file: leave --state out.")
    if not choice.is_acquirer:
        return choice.create_app(secrets)
    options: dict[str, Any] = {"processing_seconds": SECONDS_A_SLOW_CARD_TAKES}
    if state is None:
        return choice.create_app(secrets, **options)
    try:
        return choice.create_app(secrets, **options, state_file=state)
    except (OSError, sqlite3.Error, LookupError, TypeError, ValueError) as error:
        raise CommandError(
            f"{state} cannot be read as what this emulator and its accounts remember ({error!r}): "
            "name another file, or delete it to start anew."
        ) from error
