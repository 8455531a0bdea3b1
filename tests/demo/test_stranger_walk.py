"""What the stranger who walks through the documentation reads, types, and leaves behind."""

import importlib.util
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = "docs/how-to/add-a-payment-provider.md"
PAGE = """
Run `make lint`, or read [more](docs/more.md).

```console
$ make test-matrix
make demo    # shows it
```

```python
name = "`make clean`"
```
"""
# Prints once it would not hear of ending; its child, too.
OBSTINATE = "trap '' TERM; sleep 60 & echo up; wait"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("stranger_walk", ROOT / ".ci" / "walk.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


walk = load()


@pytest.fixture
def clone(tmp_path: Path) -> Any:
    (tmp_path / "page.md").write_text(PAGE)
    return walk.Clone(tmp_path)


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give an obstinate program; while it ran, we were asked to end."""
    monkeypatch.setattr(walk, "END", 0.2)
    with suppress(SystemExit), walk.typed(OBSTINATE, tmp_path, subprocess.PIPE) as program:
        assert program.stdout.readline() == "up\n"
        walk.end(signal.SIGTERM, None)
    yield program
    program.stdout.close()


@pytest.mark.parametrize("command", ["make test-matrix", "make demo", "make lint"])
def test_a_command_stands_in_a_console_or_between_backticks(clone: Any, command: str) -> None:
    assert clone.written("page.md", command) == command


@pytest.mark.parametrize("words", ["make test", "make", "shows it", "make clean"])
def test_a_part_of_something_else_is_no_command(clone: Any, words: str) -> None:
    with pytest.raises(walk.NotAsWritten, match=words):
        clone.written("page.md", words)


def test_a_page_that_nothing_leads_to_is_not_found(clone: Any) -> None:
    assert clone.linked("page.md", "docs/more.md")
    with pytest.raises(walk.NotAsWritten):
        clone.linked("page.md", "docs/more")


def test_the_pages_say_what_is_typed() -> None:
    checkout = walk.Clone(ROOT)
    for command in ("make demo", "make test"):
        checkout.written("README.md", command)
    checkout.linked("README.md", GUIDE)
    checkout.written(GUIDE, "make demo PROVIDER=acme ONCE=1")
    assert walk.find_proof(checkout.read(GUIDE)).startswith("make test ARGS=")


def test_a_page_without_all_parts_of_a_backend_makes_none(clone: Any) -> None:
    (clone.folder / "Makefile").write_text("provider: ;")
    (clone.folder / GUIDE).parent.mkdir(parents=True)
    (clone.folder / GUIDE).write_text('`make provider name=acme label="Acme Pay"`')
    with pytest.raises(walk.NotAsWritten, match=r"does not show acme_pay/backend\.py"):
        walk.write_a_backend(clone)


def test_what_is_typed_knows_nothing_of_who_started_it(
    clone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MAKEFLAGS", "ARGS", "PYTHONPATH", "JOANIE_DUMMY_URL", "DJANGO_DEBUG"):
        monkeypatch.setenv(name, "ours")
    monkeypatch.setenv("PIP_RETRIES", "10")
    printed = clone.run("env")
    assert "ours" not in printed
    assert "PIP_RETRIES=10" in printed


def test_a_command_that_fails_is_told_with_what_it_printed(clone: Any) -> None:
    with pytest.raises(walk.NotAsWritten, match="ended with 3:\nsorry"):
        clone.run("echo sorry; exit 3")


def test_nothing_goes_on_when_we_are_asked_to_end(interrupted: Any) -> None:
    assert interrupted.returncode == -signal.SIGKILL
    assert interrupted.stdout.read() == ""  # that comes once nobody is left who could write
