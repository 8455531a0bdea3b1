"""The server's processes, recognised by the cluster name that each of them shows.

postmaster.pid alone proves nothing: it outlives a kill, and its number may be a stranger's by
now, or a zombie's where nobody reaps.
"""

import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from sandbox.embedded_postgres.exceptions import EmbeddedPostgresError


class State(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


def cluster_name(data_dir: Path) -> str:
    """Name it by its inode, which stays when the checkout is moved and which no copy shares."""
    directory = data_dir.stat()
    return f"joanie-{directory.st_dev:x}-{directory.st_ino:016x}"


def postmaster_pid(data_dir: Path) -> int | None:
    try:
        pid = int(_pid_file_lines(data_dir)[0])
        return pid if _shows(cluster_name(data_dir), psutil.Process(pid)) else None
    except (IndexError, ValueError, psutil.Error):
        return None


def state(data_dir: Path) -> State:
    if postmaster_pid(data_dir) is None:
        return State.STOPPED
    lines = _pid_file_lines(data_dir)
    return State(lines[7].strip()) if len(lines) > 7 else State.STARTING


def kill_leftovers(data_dir: Path) -> None:
    """End what a killed postmaster left behind: until then PostgreSQL refuses to start again."""
    name = cluster_name(data_dir)
    while leftovers := [process for process in psutil.process_iter() if _shows(name, process)]:
        for process in leftovers:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.02)


def _shows(name: str, process: psutil.Process) -> bool:
    try:
        return process.name() == "postgres" and name in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _pid_file_lines(data_dir: Path) -> list[str]:
    try:
        return (data_dir / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"{data_dir} belongs to another user: work as that user, or start anew "
            "after `make clean` as that user or as root."
        ) from error
