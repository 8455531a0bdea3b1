"""``manage.py joanie_provider``: what it writes is in order, and says what is to be written."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from joanie.emulators.skeleton.places import BadPlace, in_checkout, in_package
from joanie.emulators.skeleton.words import LONGEST_NAME, BadName, Words
from joanie.emulators.skeleton.writing import write_provider

ROOT = Path(__file__).parents[2]
LONGEST = Words("z" * LONGEST_NAME, "Zebra & Zephyr Payments of Zug")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the virtual environment, on Joanie as it is in the folder."""
    backend = folder / "src/backend" if (folder / "src").exists() else ROOT / "src/backend"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{backend}{os.pathsep}{folder}",
        "DJANGO_SETTINGS_MODULE": "sandbox.settings",
    }
    return subprocess.run(
        [str(Path(sys.executable).with_name(command[0])), *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a checkout with two more providers: before all others by name, and behind."""
    root = tmp_path_factory.mktemp("checkout")
    caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src/backend", root / "src/backend", ignore=caches)
    shutil.copy(ROOT / "pyproject.toml", root)
    for words in (Words("acme", "Acme"), LONGEST):
        write_provider(words, in_checkout(root, words.name))
    return root


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "src", "tests"),
        ("ruff", "format", "--check", "src", "tests"),
        ("lint-imports",),
        ("mypy",),
    ],
)
def test_what_it_writes_passes_our_checks(checkout: Path, command: tuple[str, ...]) -> None:
    checked = run(checkout, *command)
    assert checked.stdout
    assert not re.search(rf"acme|{LONGEST.name}", checked.stdout + checked.stderr), checked.stdout


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Give a project with a provider of its own."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    write_provider(Words("acme", "Acme Pay"), in_package(tmp_path / "acme_pay"))
    return tmp_path


def test_its_tests_fail_and_say_what_to_write(package: Path) -> None:
    tested = run(package, "pytest", "-p", "no:cacheprovider", "acme_pay")
    assert "12 failed" in tested.stdout
    assert "NotImplementedError: Write read_payment: from its payment" in tested.stdout
    assert "AssertionError: Fill the tables of mapping.py" in tested.stdout


def test_a_package_of_ones_own_passes_the_linter(package: Path) -> None:
    strict = ("--isolated", "--select", "E,F,I,N,UP", "--line-length", "99")
    linted = run(package, "ruff", "check", *strict, "acme_pay")
    assert linted.returncode == 0, linted.stdout


def test_a_package_inside_another_is_called_by_both_names(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    assert in_package(tmp_path / "shop/acme_pay").package == "shop.acme_pay"


@pytest.mark.parametrize("name", ["", "Acme", "acme-pay", "2checkout", "class", "a" * 21, "../a"])
def test_a_name_that_code_cannot_have_is_refused(name: str) -> None:
    with pytest.raises(BadName, match="such as acme_pay"):
        Words(name, "Acme")


@pytest.mark.parametrize("label", ["", '"', "Acme\n", "$name", " Acme", "A" * 31])
def test_a_label_that_text_cannot_have_is_refused(label: str) -> None:
    with pytest.raises(BadName, match="such as Acme Pay"):
        Words("acme", label)


def test_nothing_is_overwritten_and_nothing_half_written(package: Path) -> None:
    client = package / "acme_pay/client.py"
    client.write_text("mine")
    (package / "acme_pay/backend.py").unlink()
    with pytest.raises(CommandError, match=r"is there already, and is not overwritten"):
        call_command("joanie_provider", "acme", into=package / "acme_pay")
    assert client.read_text() == "mine"
    assert not (package / "acme_pay/backend.py").exists()


@pytest.mark.parametrize("name", ["dummy", "base"])
def test_a_name_that_is_taken_is_refused(name: str) -> None:
    with pytest.raises(CommandError, match="is there already"):
        call_command("joanie_provider", name)


def test_who_has_no_checkout_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadPlace, match="--into acme_pay/"):
        in_checkout(tmp_path, "acme")


def test_a_folder_that_python_cannot_import_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPlace, match=r"Python cannot import acme-pay: name a folder such as"):
        in_package(tmp_path / "acme-pay")


def test_the_command_says_what_it_wrote_and_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    call_command("joanie_provider", "acme_pay", into=Path("acme_pay"))
    lines = capsys.readouterr().out.splitlines()
    assert "acme_pay/backend.py" in lines
    assert lines[-1].startswith("Next, python -m pytest acme_pay/tests/test_acme_pay_mapping.py")
