"""“Sell your first course”, done by the letter: in a project of its own, with its own programs."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.docs.pages import read_blocks, read_commands
from tests.projects import Project, free_port, new_database
from tests.system.learner import text_of

PAGE = "tutorials/sell-your-first-course.md"
# What a reader types before there is a project, or has already.
PREPARATION = {"python -m venv", ". .venv/bin/activate", "pip install", "createdb shop"}
SERVERS = {"joanie_emulator", "procrastinate", "runserver"}


@pytest.fixture
def database(django_db_blocker: object, django_db_setup: None) -> Iterator[str]:
    with new_database() as name:
        yield name


def test_the_tutorial_sells_a_course(database: str, tmp_path: Path) -> None:
    shop, provider = (f"127.0.0.1:{free_port()}" for _ in range(2))
    replacements = {
        "127.0.0.1:8000": shop,
        "127.0.0.1:8072": provider,
        "--port 8072": f"--port {provider.rpartition(':')[2]}",
        '"NAME": "shop"': f'"NAME": "{database}"',
    }
    printed = ""
    with ExitStack() as stack:
        project = Project(tmp_path, Path(sys.executable).parent, stack)
        for block in read_blocks(PAGE, replacements):
            if block.title:
                project.write(block)
            elif block.language == "console":
                for command in read_commands(block):
                    if any(" ".join(command).startswith(known) for known in PREPARATION):
                        continue
                    if len(command) > 2 and command[2] in SERVERS:
                        project.start(command)
                        continue
                    if command[-1] == "buy.py":
                        project.wait_for(f"http://{provider}/")
                        project.wait_for(f"http://{shop}/api/v1.0/docs/")
                    printed = project.run(command)
            elif block.language == "text":
                assert_printed(printed, block.code)
        wait_until_mailed(project.log("procrastinate"))
        assert "Sold: Botany for beginners for €120.00 to learner-1" in (
            project.log("runserver").read_text()
        )
        said = text_of((tmp_path / "invoice.pdf").read_bytes())
        assert "Thank you for learning with us." in said
        assert "does not add up" not in project.run(["python", "manage.py", "verify_ledger"])


def assert_printed(printed: str, shown: str) -> None:
    """Compare with what the page shows, where “…” stands for anything."""
    pattern = ".+".join(re.escape(part) for part in shown.split("…"))
    assert re.fullmatch(pattern, printed), printed


def wait_until_mailed(log: Path) -> None:
    deadline = time.monotonic() + 60
    while "learner-1@example.org" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
