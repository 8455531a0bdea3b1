"""The wheel, an environment that has it and what it depends on, and projects in there."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from tests.hosts.shops import Host
from tests.projects import new_database
from tests.provider import Provider
from tests.shop import SECRET, emulator_url
from tests.system.learner import Learner

__all__ = ["emulator_url"]

CHECKOUT = Path(__file__).parents[2]


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Give a directory that is the same for all workers of this run."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def wheel(shared: Path) -> Path:
    """Build what is published; the first who asks does it for all."""
    directory = shared / "wheel"
    with FileLock(shared / "wheel.lock"):
        if not directory.exists():
            pip("wheel", "--no-deps", "--wheel-dir", directory, ".")
    (built,) = directory.glob("joanie-*.whl")
    return built


@pytest.fixture(scope="session")
def programs(shared: Path, wheel: Path) -> Path:
    """Install the wheel and what it depends on, nothing else; give where its programs are."""
    environment, is_done = shared / "environment", shared / "environment.done"
    with FileLock(shared / "environment.lock"):
        if not is_done.exists():
            subprocess.run(
                [sys.executable, "-m", "venv", "--without-pip", environment], check=True
            )
            python = environment / "bin" / "python"
            pip("--python", python, "install", "--no-compile", "-c", "constraints.txt", wheel)
            is_done.touch()
    return environment / "bin"


@pytest.fixture
def provider(emulator_url: str) -> Iterator[Provider]:
    provider = Provider(emulator_url, SECRET)
    with provider.http:
        yield provider


@pytest.fixture
def make_learner() -> Iterator[Callable[..., Learner]]:
    with ExitStack() as stack:

        def make(host: Host, *who: str, **options: str) -> Learner:
            learner = Learner(host.url, *who, **options)
            stack.enter_context(learner.http)
            return learner

        yield make


@pytest.fixture
def make_host(
    programs: Path,
    provider: Provider,
    tmp_path: Path,
    django_db_blocker: object,
    django_db_setup: None,
) -> Iterator[Callable[..., Host]]:
    """Give what makes the project; its servers and its database go with the test."""
    with new_database() as database, ExitStack() as stack:

        def make(**options: Any) -> Host:
            host = Host(tmp_path, programs, stack)
            host.make(database, provider, **options)
            return host

        yield make
