from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sandbox.embedded_postgres.exceptions import EmbeddedPostgresError
from sandbox.embedded_postgres.postmaster import state
from sandbox.embedded_postgres.server import ensure_running, stop


class Command(BaseCommand):
    help = "The PostgreSQL that starts by itself in development: start, stop, status or url."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status", "url"])

    def handle(self, *, action: str, **_options: Any) -> str:
        database: dict[str, Any] = settings.DATABASES["default"]
        if "DATA_DIR" not in database:
            raise CommandError("No embedded PostgreSQL is in use: DATABASE_URL names another one.")
        data_dir = Path(database["DATA_DIR"])
        try:
            match action:
                case "start":
                    return f"PostgreSQL is ready: {_url(data_dir, database['NAME'])}"
                case "stop":
                    return "PostgreSQL is stopped." if stop(data_dir) else "It was not running."
                case "status":
                    return f"PostgreSQL is {state(data_dir)}; its data are in {data_dir}."
                case _:
                    return _url(data_dir, database["NAME"])
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from error


def _url(data_dir: Path, name: str) -> str:
    parameters = ensure_running(data_dir, database=name)
    host = quote(parameters["host"], safe="")
    return f"postgresql://{parameters['user']}@{host}:{parameters['port']}/{parameters['dbname']}"
