"""The plugin's migrations are the same in every host project."""

import os
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from joanie.common.money import MoneyField

APPS = ["joanie_core", "joanie_payment", "joanie_webhooks"]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", *APPS, stdout=StringIO())


def test_no_migration_is_missing_in_a_host_of_other_currencies_and_languages() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", *APPS],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.common.other_host_settings",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "No changes detected" in checked.stdout


def test_a_money_column_says_nothing_of_the_host() -> None:
    _, path, arguments, options = MoneyField(help_text="A price").deconstruct()
    assert path == "joanie.common.money.MoneyField"
    assert (arguments, options) == ([], {"help_text": "A price"})
