"""Every command of the documentation is run: here, by another test or in CI. Else it says why."""

import re
import subprocess
from io import StringIO
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command, get_commands, load_command_class
from PIL import Image
from pytest_django import Settings
from tests.docs.commands import (
    ROOT,
    Command,
    find_blocks,
    find_commands,
    find_spoken_commands,
    targets_of_ci,
)
from tests.payment.ledger.books import pay
from tests.provider import Provider

from joanie.core.factories import UserFactory
from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.openedx.application import create_app
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import PaymentNotification

# They run until they are stopped: by the tests that RUN_BY names.
SERVERS = {"joanie_emulator", "joanie_worker", "procrastinate", "runserver"}

WORKER = "tests/operations/test_worker_command.py"
# How commands begin, and the test that runs them.
RUN_BY = {
    "curl -X PUT http://127.0.0.1:8079/control": "tests/docs/test_shown_commands.py",
    "make ngrok": "tests/service/test_ngrok.py",
    "python -m pytest acme_pay": "tests/emulators/test_provider_skeleton.py",
    "python manage.py joanie_emulator": "tests/docs/test_tutorial.py",
    ".venv/bin/python src/backend/manage.py joanie_emulator": "tests/docs/test_tutorial.py",
    "python manage.py joanie_provider": "tests/emulators/test_provider_skeleton.py",
    "python manage.py joanie_worker": WORKER,
    "venv/bin/python src/backend/manage.py joanie_worker": WORKER,
    "python manage.py migrate joanie_core zero": "tests/hosts/test_fresh_project.py",
    "python manage.py procrastinate worker": "tests/docs/test_tutorial.py",
    "venv/bin/gunicorn": "tests/service/test_gunicorn.py",
}
# Pages that a test follows by the letter.
FOLLOWED_BY = {
    "docs/how-to/back-up-and-restore.md": "tests/service/test_backups.py",
    "docs/tutorials/sell-your-first-course.md": "tests/docs/test_tutorial.py",
}
# How commands begin that nothing here can run, and why.
NOT_RUN = {
    ".venv/bin/pre-commit install": "It writes into .git; what the hooks make, CI makes.",
    "docker compose": "No Docker in CI: tests/service reads the file and runs what it starts.",
    "export ": "It sets variables for the commands after it.",
    "git pull": "It fetches a release, of which there is none.",
    "make bench": "Ten quiet minutes: reliability.md shows a run, tests/benchmarks its parts.",
    "make docker-run": "No Docker in CI: tests/service reads the file and runs what it starts.",
    "make help": "It prints, and does nothing.",
    "pdftoppm": "Poppler is for whoever makes the pictures anew.",
    "pytest -p joanie.payment.conformance.plugin": "Minutes: CI runs the same by their path.",
    "pip install": "It needs an index with a release of Joanie: tests/hosts installs the wheel.",
    "python -m venv": "tests/hosts makes one.",
    "venv/bin/pip install": "Minutes: make install does the same, with the same constraints.",
    "DJANGO_DATABASE_NAME=joanie_replay": "A server: tests/demo runs the worker of a replay.",
}
# Targets that keep running; the tutorial's test starts the programs that they start.
SERVING = {"emulator", "run", "worker"}

COMMANDS = find_commands()
MAKES = [each for each in COMMANDS if each.words[0] == "make"]


def _ours(command: Command) -> bool:
    """Say whether it is a management command that ends by itself."""
    followed = command.page in FOLLOWED_BY or _key_of(command, RUN_BY)
    words = command.management
    return bool(words) and words[0] not in SERVERS and not followed


def _key_of(command: Command, table: dict[str, str]) -> str:
    return next((key for key in table if command.line.startswith(key)), "")


def _is_run(command: Command) -> bool:
    if command.words[0] == "make":
        target = next((word for word in command.words[1:] if "=" not in word), "install")
        if target in targets_of_ci() | SERVING:
            return True
    followed = command.page in FOLLOWED_BY
    return (
        followed or bool(_key_of(command, RUN_BY) or _key_of(command, NOT_RUN)) or _ours(command)
    )


def test_every_command_is_run_or_it_is_said_why_not() -> None:
    assert [str(command) for command in COMMANDS if not _is_run(command)] == []


def test_what_is_said_of_commands_is_said_of_some_that_there_are() -> None:
    used = {_key_of(each, table) for each in COMMANDS for table in (RUN_BY, NOT_RUN)}
    assert {*RUN_BY, *NOT_RUN} - used == set()
    tests = {*RUN_BY.values(), *FOLLOWED_BY.values()}
    assert [test for test in tests if not (ROOT / test).exists()] == []


@pytest.mark.parametrize(("page", "test"), FOLLOWED_BY.items(), ids=FOLLOWED_BY)
def test_a_page_that_is_followed_is_named_by_its_test(page: str, test: str) -> None:
    assert page.removeprefix("docs/") in (ROOT / test).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", dict.fromkeys(MAKES + find_spoken_commands("make")), ids=str)
def test_a_target_is_one_that_make_knows(command: Command) -> None:
    words = [word for word in command.words if word != "make"]
    done = subprocess.run(
        ["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    names = [word.partition("=")[0] for word in words if "=" in word]
    assert [name for name in names if not re.search(rf"\$[({{].*\b{name}\b", makefile)] == []


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.management], ids=str)
def test_a_management_command_has_these_options(command: Command) -> None:
    name, *options = command.management
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    parser.parse_args(options)


OURS = "|".join(name for name, app in get_commands().items() if str(app).startswith("joanie"))
SPOKEN = find_spoken_commands(rf"(?:(?:\S*python )?\S*manage\.py|(?:{OURS}))(?= )")


@pytest.mark.parametrize("command", SPOKEN, ids=str)
def test_a_command_in_a_sentence_has_these_options(command: Command) -> None:
    name, *words = command.management or command.words
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    known = {option for action in parser._actions for option in action.option_strings}
    assert options - known == set()


CATALOGUE_FILES = "docs/reference/catalogue-file.md"


# Run for real, in a shop that has what they name -------------------------------------------------


@pytest.fixture
def shop(
    provider: Provider, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have what the pages name: a payment, a notification, a learner, an account, two files."""
    account = settings.JOANIE["PAYMENT_BACKENDS"]["dummy"]
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {"dummy": account, "acme": account}}
    settings.STATIC_ROOT = tmp_path / "static"
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (80, 20)).save("logo.png")
    Path("catalogue.csv").write_text(_shown("csv"), encoding="utf-8")
    Path("catalogue.json").write_text(_shown("json"), encoding="utf-8")


def _shown(language: str) -> str:
    (block,) = [
        block
        for block in find_blocks()
        if (block.page, block.language) == (CATALOGUE_FILES, language)
    ]
    return block.code


def _have_a_payment() -> None:
    pay(PaymentFactory(provider_reference="pay_7h2k9q").order, reference="pay_7h2k9q")


def _have_a_learner() -> None:
    UserFactory(username="grace")


def _have_a_notification() -> None:
    PaymentNotification.objects.create(
        pk="5f0c7d0e-6d0a-4a57-93c5-6c2f7d1f9f57", backend="dummy", method="POST", path="/"
    )


SEEDS = {
    "erase_learner": _have_a_learner,
    "refund_payment": _have_a_payment,
    "replay_notifications": _have_a_notification,
}


@pytest.mark.django_db
@pytest.mark.parametrize("command", [each for each in COMMANDS if _ours(each)], ids=str)
def test_a_command_does_what_it_is_for(command: Command, shop: None) -> None:
    seed = SEEDS.get(command.management[0])
    if seed is not None:
        seed()
    out = StringIO()
    call_command(*command.management, stdout=out)
    if command.page == CATALOGUE_FILES:
        assert f"{command.line}\n{out.getvalue()}" in _shown("console")


def test_the_lms_that_is_played_takes_what_the_page_sends_it() -> None:
    (command,) = [each for each in COMMANDS if each.words[0] == "curl"]
    _, _, method, url, _, key, _, kind, _, body = command.words
    headers = dict(header.split(": ", 1) for header in (key, kind))
    with run_emulator(create_app([headers["X-Edx-Api-Key"]])) as base_url:
        url = base_url.rstrip("/") + httpx.URL(url).path
        answer = httpx.request(method, url, headers=headers, content=body, trust_env=False)
    assert answer.is_success, answer.text
