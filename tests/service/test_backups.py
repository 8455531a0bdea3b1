"""What the page about backups says, done."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings
from tests.docs.pages import Block, read_blocks
from tests.payment.ledger.books import give_back, pay
from tests.service.databases import url_of, url_of_tests
from tests.service.environments import ROOT

from joanie.emulators.dummy import create_app
from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.management.commands.joanie_emulator import default_secret
from joanie.payment.documents.storage import ensure_pdf
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import ProformaInvoice, Transaction
from sandbox.embedded_postgres.programs import _path_of

PAGE = "how-to/back-up-and-restore.md"


@pytest.fixture
def sold(transactional_db: None) -> list[ProformaInvoice]:
    """A purchase, partly given back, with its documents."""
    order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    give_back(order, "20.00")
    return [ensure_pdf(invoice.pk) for invoice in ProformaInvoice.objects.all()]


@pytest.fixture
def empty_database(transactional_db: None) -> Iterator[str]:
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def provider_url() -> Iterator[str]:
    with run_emulator(create_app([default_secret("dummy")])) as url:
        yield url


def read_page() -> tuple[list[str], list[str], Block]:
    """Give the commands that back up, those that restore, and the program among them."""
    blocks = read_blocks(PAGE)
    commands = [
        [line.removeprefix("$ ") for line in block.code.splitlines()]
        for block in blocks
        if block.language == "console"
    ]
    (program,) = [block for block in blocks if block.language == "python"]
    return commands[0], [line for block in commands[1:] for line in block], program


def run(commands: list[str], directory: Path, **environment: str) -> str:
    programs = [Path(sys.executable).parent, _path_of("pg_dump").parent, *os.defpath.split(":")]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(commands)],
        env={
            "PATH": os.pathsep.join(map(str, programs)),
            "PYTHONPATH": str(ROOT / "src/backend"),
            **environment,
        },
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_what_was_backed_up_is_restored_and_adds_up(
    sold: list[ProformaInvoice],
    empty_database: str,
    provider_url: str,
    settings: Settings,
    tmp_path: Path,
) -> None:
    back_up, restore, program = read_page()
    (tmp_path / "manage.py").symlink_to(ROOT / "src/backend/manage.py")
    (tmp_path / "verify_documents.py").write_text(program.code)
    (tmp_path / "restored").mkdir()
    source = {"DATABASE_URL": url_of_tests()}
    run(back_up, tmp_path, **source, DJANGO_MEDIA_ROOT=str(settings.MEDIA_ROOT))

    copy = {
        "DATABASE_URL": url_of(empty_database),
        "DJANGO_MEDIA_ROOT": str(tmp_path / "restored"),
        "JOANIE_DUMMY_URL": provider_url,
    }
    said = run(restore, tmp_path, **copy)

    lines = Transaction.objects.count()
    assert f"The ledger adds up: {len(sold)} documents, {lines} transactions." in said
    assert not [invoice for invoice in sold if invoice.reference in said]
    with psycopg.connect(copy["DATABASE_URL"]) as restored, pytest.raises(psycopg.Error):
        restored.execute("DELETE FROM joanie_payment_transaction")

    lost = tmp_path / "restored" / sold[0].pdf.name
    lost.unlink()
    again = [line for line in restore if "verify_documents" in line]
    assert f"{sold[0].reference} {sold[0].pdf.name}" in run(again, tmp_path, **copy)
