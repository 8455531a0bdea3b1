"""The secrets of the examples are known to everybody: no service begins with them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings
from tests.service.environments import PRODUCTION, ROOT, run_python

KNOWN = "to-be-replaced"


def make(directory: Path, *targets: str) -> None:
    run = subprocess.run(
        ["make", "--jobs", "4", *targets],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def read(directory: Path, name: str) -> dict[str, str]:
    lines = (directory / "env.d" / name).read_text().splitlines()
    given = (line for line in lines if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in given)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a checkout that was never started."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for path in [*ROOT.glob("env.d/*.dist"), ROOT / "docker/make_settings.py"]:
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.parent.name)
    return tmp_path


def test_a_service_begins_with_secrets_of_its_own(checkout: Path) -> None:
    make(checkout, "env.d/joanie", "env.d/postgresql")
    joanie, postgresql = read(checkout, "joanie"), read(checkout, "postgresql")
    assert not [value for value in (joanie | postgresql).values() if KNOWN in value]
    assert len(joanie["DJANGO_SECRET_KEY"]) >= 50
    assert joanie["DJANGO_SECRET_KEY"] != joanie["JOANIE_JWT_SIGNING_KEY"]
    password = postgresql["POSTGRES_PASSWORD"]
    assert joanie["DATABASE_URL"] == f"postgres://joanie:{password}@postgresql:5432/joanie"


def test_nobody_else_reads_the_files(checkout: Path) -> None:
    make(checkout, "env.d/joanie", "env.d/ngrok")
    made = [path for path in checkout.glob("env.d/*") if path.suffix != ".dist"]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o600] * 3


def test_what_was_made_stays(checkout: Path) -> None:
    make(checkout, "env.d/postgresql")
    before = read(checkout, "postgresql")
    make(checkout, "env.d/postgresql", "env.d/joanie")
    assert read(checkout, "postgresql") == before
    assert before["POSTGRES_PASSWORD"] in read(checkout, "joanie")["DATABASE_URL"]


def test_a_production_with_a_secret_of_the_examples_is_refused() -> None:
    known = {**PRODUCTION, "DATABASE_URL": f"postgres://joanie:{KNOWN}@localhost/joanie"}
    run = run_python("src/backend/manage.py", "check", "--deploy", **known)
    assert run.returncode == 1
    assert "(joanie.E082) DATABASES has a secret of the examples" in run.stderr


def ids(*, deploy: bool = True) -> list[str]:
    messages = run_checks(include_deployment_checks=deploy)
    return [message.id for message in messages if message.id == "joanie.E082"]


@pytest.mark.parametrize(
    "changes",
    [
        {"JWT_SIGNING_KEY": f"{KNOWN}-with-what-the-catalogue-signs-tokens-with"},
        {"PAYMENT_BACKENDS": {"shop": {"configuration": {"secret_key": KNOWN}}}},
        {"PUBLIC_BASE_URL": "https://[", "METRICS_TOKEN": f"{KNOWN}-with-a-token"},
    ],
    ids=json.dumps,
)
def test_it_is_found_wherever_it_is(settings: Settings, changes: dict[str, Any]) -> None:
    public = {"PUBLIC_BASE_URL": "https://shop.example.org"}
    settings.JOANIE = {**settings.JOANIE, **public}
    assert ids() == []
    settings.JOANIE = {**settings.JOANIE, **changes}
    assert ids() == ["joanie.E082"]
    assert ids(deploy=False) == []


@pytest.mark.parametrize("host", ["joanie.localhost:8071", "127.0.0.1"])
def test_a_demonstration_on_this_machine_may_have_it(settings: Settings, host: str) -> None:
    settings.JOANIE = {"PUBLIC_BASE_URL": f"http://{host}", "JWT_SIGNING_KEY": KNOWN * 3}
    assert ids() == []


def test_so_may_development(settings: Settings) -> None:
    settings.DEBUG = True
    settings.SECRET_KEY = KNOWN
    assert ids() == []
