"""The data directory: made once, whole or not at all."""

import os
import shutil
import tempfile
from pathlib import Path

from sandbox.embedded_postgres.account import ServerAccount
from sandbox.embedded_postgres.exceptions import EmbeddedPostgresError
from sandbox.embedded_postgres.programs import run_program

SUPERUSER = "postgres"
# The same order of strings on every machine, whatever locales it has.
INITDB_OPTIONS = [
    f"--username={SUPERUSER}",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
]


def create_cluster(data_dir: Path, account: ServerAccount, *, lock: int) -> None:
    """Make it beside its place, then move it there: a kill half-way leaves no half cluster.

    initdb holds the lock too, so that nobody sweeps its directory away if we die before it does.
    """
    staging_prefix = f"{data_dir.name}.new-"
    for abandoned in data_dir.parent.glob(f"{staging_prefix}*"):
        shutil.rmtree(abandoned)
    staging = Path(tempfile.mkdtemp(prefix=staging_prefix, dir=data_dir.parent))
    os.chown(staging, *account)
    initdb = run_program(
        "initdb", *INITDB_OPTIONS, "--pgdata=.", account=account, cwd=staging, keep_open=(lock,)
    )
    if initdb.returncode:
        raise EmbeddedPostgresError(f"initdb could not make {data_dir}:\n{initdb.stdout}")
    staging.rename(data_dir)
