"""The demo as a whole: what it needs, what it starts, and what there is to see at its end."""

import re
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path

import httpx
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from joanie.common.exceptions import JoanieError
from joanie.demo.bearer_token import sign_token
from joanie.demo.browser import Browser
from joanie.demo.catalogue import load_catalogue
from joanie.demo.counterpart import Counterpart
from joanie.demo.exceptions import DemoFailed
from joanie.demo.learner import API, Learner
from joanie.demo.narration import Narrator
from joanie.demo.processes import (
    LOOPBACK,
    Programs,
    answers,
    refuse_busy_port,
    running_programs,
)
from joanie.demo.staff import admin_path, open_staff_account
from joanie.demo.walk import Walk
from joanie.payment.conformance.harness import Feature

TOKEN_LASTS = timedelta(hours=8)


@dataclass(frozen=True)
class Stage:
    """The ports, and what follows from them."""

    port: int
    emulator_port: int
    narrator: Narrator
    counterpart: Counterpart

    @property
    def site(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def provider(self) -> str:
        return f"http://{LOOPBACK}:{self.emulator_port}"

    @property
    def directory(self) -> Path:
        """Where logs and documents go: ``demo`` beside the media."""
        return Path(settings.MEDIA_ROOT or "data/media").resolve().parent / "demo"

    def run(self, *, is_once: bool) -> None:
        """Show everything; then serve until interrupted, unless it is once.

        Raises DemoFailed, with the end of the logs. What was started is ended whatever happens.
        """
        refuse_busy_port(self.port, what="the web server", option="--port")
        refuse_busy_port(self.emulator_port, what="the provider", option="--emulator-port")
        username = new_username()
        token = sign_token(username, lasts=TOKEN_LASTS)
        self.narrator.title("Joanie: from the catalogue to the credit note")
        self.narrator.say(f"Paid through {self.counterpart.label}, played on this machine")
        prepare_database(self.narrator)
        with running_programs(self.directory, self._environment()) as programs:
            try:
                self._start(programs)
                page = self._walk(programs, username, token, is_once=is_once)
                verify_ledger(self.narrator)
                if not is_once:
                    self._show_addresses(username, token, page)
                    connections.close_all()
                    programs.watch()
            except (JoanieError, DatabaseError, httpx.HTTPError, LookupError, ValueError) as error:
                what = error if isinstance(error, JoanieError) else repr(error)
                raise DemoFailed(f"{what}\n\n{programs.describe_logs()}") from error

    def _environment(self) -> dict[str, str]:
        """Say in the sandbox's words which ports were chosen, and to ask at once who tells not."""
        environment = {
            "JOANIE_PUBLIC_BASE_URL": self.site,
            f"JOANIE_{self.counterpart.name.upper()}_URL": self.provider,
        }
        if Feature.REFUND_ELSEWHERE in self.counterpart.lacks:
            environment["JOANIE_RECONCILE_AFTER"] = "1"
        return environment

    def _start(self, programs: Programs) -> None:
        self.narrator.step("Start the web server, the worker and the payment provider")
        started_at = timezone.now()
        address = f"{LOOPBACK}:{self.port}"
        programs.start("web", "runserver", address, "--noreload")
        programs.start("worker", "procrastinate", "worker", "--concurrency", "4")
        notifications = f"{self.site}{API}/payments/notifications/{self.counterpart.alias}/"
        programs.start(
            "provider",
            *("joanie_emulator", self.counterpart.name, "--port", str(self.emulator_port)),
            *("--notify", notifications),
        )
        wait_for_programs(programs, self.site, self.provider, started_at)
        self.narrator.result(f"{self.site}, {self.provider}; logs in {self.directory}")

    def _walk(self, programs: Programs, username: str, token: str, *, is_once: bool) -> str:
        """Take every step; return a payment page that is left open, if there will be time."""
        self.narrator.title(f"What {username} does, over HTTP alone")
        call, page = self.narrator.call, self.narrator.page
        learner = Learner(self.site, token, watch=call, check=programs.check)
        compare = partial(
            reconcile,
            programs,
            self.narrator,
            alias=self.counterpart.alias,
            since=timezone.now(),
        )
        browser = Browser(self.provider, watch=page)
        with closing(learner), closing(browser):
            walk = Walk(
                learner,
                browser,
                self.narrator,
                self.counterpart,
                directory=self.directory,
                reconcile=compare,
            )
            walk.run()
            left_open = "" if is_once else walk.leave_a_page_open()
            self.narrator.title("What there is now")
            walk.sum_up()
        return left_open

    def _show_addresses(self, username: str, token: str, page: str) -> None:
        say = self.narrator.say
        self.narrator.title("To open in a browser, until Ctrl-C")
        if page:
            say(f"A payment to make         {page}")
        say(f"The provider's dashboard  {self.provider}/")
        say(f"The API                   {self.site}{API}/docs/")
        if path := admin_path():
            say(f"Django admin              {self.site}{path}  as {open_staff_account()}")
        say(f"Documents and logs        {self.directory.as_uri()}")
        say(f"To call the API as {username}: Authorization: Bearer {token}")


def prepare_database(narrator: Narrator) -> None:
    """Raises DemoFailed when there is none."""
    narrator.step("Prepare the database and load the catalogue")
    try:
        call_command("migrate", verbosity=0, interactive=False)
        loaded = load_catalogue(timezone.now().date())
    except DatabaseError as error:
        raise DemoFailed(f"The database could not be prepared: {error}") from error
    narrator.result(
        ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in loaded.items())
    )


def wait_for_programs(programs: Programs, site: str, provider: str, since: datetime) -> None:
    """Wait until web server and provider answer, and a worker started ``since`` then works."""
    workers = ProcrastinateWorker.objects.filter(last_heartbeat__gte=since)
    programs.wait_until(lambda: answers(f"{provider}/"), what="The provider")
    programs.wait_until(lambda: answers(f"{site}{API}/docs/"), what="The web server")
    programs.wait_until(workers.exists, what="The worker")


def reconcile(programs: Programs, narrator: Narrator, *, alias: str, since: datetime) -> None:
    """Have the shop compare what was bought since. Raises DemoFailed when it cannot."""
    account = ("--alias", alias, "--since", since.isoformat())
    program = programs.run("reconcile", "reconcile_payments", *account)
    # It fails when something is to be looked at as well: what earlier runs bought, say.
    found = re.search(r"^\d+ payments? compared", program.last_lines(), re.MULTILINE)
    if found is None:
        raise DemoFailed(f"The comparison failed:\n{program.last_lines()}")
    narrator.result(found[0])


def verify_ledger(narrator: Narrator) -> None:
    """Raises DemoFailed when anything does not add up."""
    output = StringIO()
    try:
        call_command("verify_ledger", stdout=output, stderr=output)
    except CommandError as error:
        raise DemoFailed(f"{output.getvalue()}{error}") from error
    narrator.result(output.getvalue().strip())


def new_username() -> str:
    """Name a learner who has bought nothing yet: the demo can run any number of times."""
    return f"learner-{timezone.now():%Y%m%d-%H%M%S}"
