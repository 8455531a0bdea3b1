"""What is published: everything that a project needs, and nothing that is ours alone."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest
from tests.hosts.conftest import CHECKOUT

SOURCE = CHECKOUT / "src" / "backend"
# What programs read besides code.
KINDS = ("templates/", "locale/", "static/", "assets/", "texts/", "data/", "py.typed")
OURS_ALONE = re.compile(r"(^|/)(tests?|sandbox|benchmarks|__pycache__|\.[^/]*)/")
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def archive(wheel: Path) -> Iterator[ZipFile]:
    with ZipFile(wheel) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(archive: ZipFile) -> Message:
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_string(archive.read(name).decode())


def tracked_files() -> set[str]:
    """Give the files of the plugin that a clone has."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "joanie"]
    listed = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=True)
    return {path for path in listed.stdout.splitlines() if (SOURCE / path).exists()}


def test_the_wheel_is_the_plugin_and_nothing_else(archive: ZipFile) -> None:
    packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == tracked_files()
    assert not [name for name in packed if OURS_ALONE.search(name)]


def test_the_wheel_has_what_programs_read_besides_code(archive: ZipFile) -> None:
    others = [name for name in archive.namelist() if not name.endswith((".py", "-tpl"))]
    for kind in KINDS:
        assert [name for name in others if kind in name], kind


def test_every_translation_is_compiled(archive: ZipFile) -> None:
    names = set(archive.namelist())
    sources = {name for name in names if name.endswith(".po")}
    assert sources
    assert {name.removesuffix(".po") + ".mo" for name in sources} <= names


def test_every_model_has_its_migrations(archive: ZipFile) -> None:
    names = archive.namelist()
    apps = {name.split("/")[1] for name in names if "/migrations/0001_" in name}
    assert {"core", "payment"} <= apps


def test_the_metadata_says_what_is_needed_and_no_more(metadata: Message) -> None:
    project = PROJECT["project"]
    required = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert len(required) == len(project["dependencies"])
    assert metadata.get_all("Provides-Extra") == sorted(project["optional-dependencies"])
    assert {"Framework :: Django", "Typing :: Typed"} <= set(metadata.get_all("Classifier", []))


def test_what_a_package_index_shows_needs_no_file_beside_it(metadata: Message) -> None:
    shown = metadata.get_payload()
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "INSTALLED_APPS += joanie.INSTALLED_APPS" in shown
    assert not re.findall(r"\]\((?!https?:)", shown)
