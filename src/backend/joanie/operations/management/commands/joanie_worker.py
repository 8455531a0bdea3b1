import asyncio
from argparse import ArgumentParser, ArgumentTypeError, _SubParsersAction
from contextlib import ExitStack
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from procrastinate import App, cli
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from joanie.operations.job_log import log_job
from joanie.operations.worker_probe import Pulse, serving_probe

Address = tuple[str, int]


class Command(BaseCommand):
    help = "Run the background tasks: Procrastinate's worker, which can be looked at."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Take all that ``procrastinate worker`` takes."""
        options = _worker_options()
        self._worker_options = {action.dest for action in options._actions} - {"help"}  # noqa: SLF001
        return super().create_parser(
            prog_name, subcommand, parents=[options], conflict_handler="resolve", **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--listen",
            type=read_address,
            metavar="HOST:PORT",
            help="answer /health/live and /metrics there",
        )

    def handle(self, *args: Any, listen: Address | None, **options: Any) -> None:
        chosen = {name: options[name] for name in self._worker_options if name in options}
        pulse = Pulse()
        with ExitStack() as stack:
            if listen is not None:
                try:
                    port = stack.enter_context(serving_probe(*listen, pulse))
                except OSError as error:
                    raise CommandError(f"Nothing can be served at {listen}: {error}") from error
                self.stderr.write(f"Serving health and metrics at port {port}")
            worker_app = stack.enter_context(
                app.replace_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
            )
            try:
                asyncio.run(_work(worker_app, pulse, chosen))
            except ConnectorException as error:
                raise CommandError(f"The database does not answer: {error}") from error


async def _work(worker_app: App, pulse: Pulse, options: dict[str, Any]) -> None:
    known = worker_app.worker_defaults.get("worker_middleware") or []
    middleware = known if log_job in known else [log_job, *known]
    async with worker_app.open_async():
        beating = asyncio.create_task(pulse.beat(worker_app))
        try:
            await worker_app.run_worker_async(worker_middleware=middleware, **options)
        finally:
            beating.cancel()


def _worker_options() -> ArgumentParser:
    """Return Procrastinate's own parser of these options."""
    subparsers: _SubParsersAction[ArgumentParser] = ArgumentParser().add_subparsers()
    cli.configure_worker_parser(subparsers)
    return subparsers.choices["worker"]


def read_address(text: str) -> Address:
    """Read "127.0.0.1:9100" or "[::1]:9100"; without a host it is this machine's own."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ArgumentTypeError("write HOST:PORT, for example 127.0.0.1:9100")
    return host.strip("[]") or "127.0.0.1", int(port)
