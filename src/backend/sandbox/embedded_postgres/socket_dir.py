import os
import shutil
import stat
from pathlib import Path

from sandbox.embedded_postgres.account import ServerAccount
from sandbox.embedded_postgres.exceptions import EmbeddedPostgresError
from sandbox.embedded_postgres.postmaster import cluster_name

PORT = "5432"  # no port is opened: it only names the socket
SOCKET_NAME = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 103  # macOS; Linux has 107


def socket_dir(data_dir: Path) -> Path:
    """Prefer the data directory; take a short path of its own where that is too deep."""
    if len(os.fsencode(data_dir / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return data_dir
    # Not $TMPDIR, which can differ between the web, the worker and the tests.
    return Path("/tmp") / cluster_name(data_dir)  # noqa: S108 - see prepare_socket_dir # nosec B108


def prepare_socket_dir(data_dir: Path, account: ServerAccount) -> Path:
    """Make it the server's alone, without a socket of a server that was killed."""
    directory = socket_dir(data_dir)
    try:
        directory.mkdir(mode=0o700)
        os.chown(directory, *account)
    except FileExistsError:
        _refuse_a_stranger(directory, account)
    for leftover in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (directory / leftover).unlink(missing_ok=True)
    return directory


def remove_short_socket_dir(data_dir: Path) -> None:
    if (directory := socket_dir(data_dir)) != data_dir:
        shutil.rmtree(directory, ignore_errors=True)


def _refuse_a_stranger(directory: Path, account: ServerAccount) -> None:
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise EmbeddedPostgresError(f"{directory} was made by somebody else: remove it.")
