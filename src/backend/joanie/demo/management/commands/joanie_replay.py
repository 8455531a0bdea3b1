import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from joanie.demo.dataset import REGISTRATIONS, read_registrations
from joanie.demo.exceptions import DemoFailed
from joanie.demo.narration import Narrator

DEFAULT_COUNT = 500
DEFAULT_PORT = 8073
DEFAULT_EMULATOR_PORT = 8074
KILL_EVERY = 30.0
SEED = 2013


def read_count(text: str) -> int | None:
    """None is all of them."""
    if text == "all":
        return None
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError("a number of registrations, or “all”")
    return int(text)


def read_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 1 <= seconds <= 3600:
        raise ArgumentTypeError("a number of seconds, from 1 to 3600")
    return seconds


class Command(BaseCommand):
    help = "Replay real course registrations as orders, and unregistrations as refunds, over HTTP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "count",
            nargs="?",
            type=read_count,
            default=DEFAULT_COUNT,
            help=f"how many registrations, or “all”; {DEFAULT_COUNT} unless given",
        )
        parser.add_argument("--file", type=Path, default=REGISTRATIONS, help="other registrations")
        parser.add_argument(
            "--faults",
            action="store_true",
            help="duplicate, reorder and drop notifications, and kill workers",
        )
        parser.add_argument(
            "--kill-every",
            type=read_seconds,
            metavar="SECONDS",
            default=KILL_EVERY,
            help=f"between two kills of a worker, with --faults; {KILL_EVERY:.0f} unless given",
        )
        parser.add_argument(
            "--rolling",
            action="store_true",
            help="run two web servers and three workers, and restart each in turn, twice",
        )
        parser.add_argument("--seed", type=int, default=SEED, help="which notifications go wrong")
        parser.add_argument("--restart", action="store_true", help="forget earlier runs first")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="of the web server")
        parser.add_argument(
            "--emulator-port", type=int, default=DEFAULT_EMULATOR_PORT, help="of the provider"
        )

    def handle(
        self,
        *args: Any,
        count: int | None,
        file: Path,
        faults: bool,
        kill_every: float,
        rolling: bool,
        seed: int,
        restart: bool,
        port: int,
        emulator_port: int,
        **options: Any,
    ) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The replay sells without taking money: it runs with DEBUG on, and never on a "
                "site that sells."
            )
        # Reads documents, for which only development has a library.
        from joanie.demo.replay.faults import Faults  # noqa: PLC0415
        from joanie.demo.replay.performance import Performance  # noqa: PLC0415
        from joanie.demo.replay.plan import make_plan  # noqa: PLC0415
        from joanie.demo.replay.stage import ReplayStage  # noqa: PLC0415

        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _end)
        narrator = Narrator(self.stdout)
        try:
            plan = make_plan(read_registrations(file), count)
            injected = Faults(kill_every=kill_every, seed=seed) if faults else None
            stage = ReplayStage(port, emulator_port, narrator, injected, is_rolling=rolling)
            how = _describe(count, faults=faults, rolling=rolling)
            Performance(stage, plan, command=how).run(restarts=restart)
        except DemoFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError(
                "Interrupted. Start it again to go on from here.", returncode=130
            ) from error


def _describe(count: int | None, *, faults: bool, rolling: bool) -> str:
    options = " ROLLING=1" if rolling else ""
    return f"make replay N={count or 'all'} FAULTS={int(faults)}{options}"


def _end(number: int, _frame: FrameType | None) -> None:
    """End as after Ctrl-C, so that what was started ends too."""
    sys.exit(128 + number)
