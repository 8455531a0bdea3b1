"""Who the server runs as: PostgreSQL refuses to be root.

Somebody who is not root runs it as themselves. Root hands it to whoever owns the data directory,
a system user at first. That user must reach the directory and the programs, which a checkout
under a private parent (``mktemp -d``, a home) denies. Opening the parent to everybody would be
too much: it is opened to its own group, for traversal alone, and the server gets that group.
"""

import os
import pwd
import stat
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.embedded_postgres.exceptions import EmbeddedPostgresError

SYSTEM_USER = "pgserver"


class ServerAccount(NamedTuple):
    uid: int
    gid: int


def server_account(data_dir: Path) -> ServerAccount:
    if os.geteuid() != 0:
        return ServerAccount(os.geteuid(), os.getegid())
    if not data_dir.exists():
        return _system_user()
    owner = data_dir.stat()
    if owner.st_uid == 0:
        raise EmbeddedPostgresError(
            f"{data_dir} belongs to root, as which PostgreSQL refuses to run: "
            f"run `chown -R {SYSTEM_USER} {data_dir}`, or start anew after `make clean`."
        )
    return ServerAccount(owner.st_uid, owner.st_gid)


def subprocess_options(account: ServerAccount, *paths: Path) -> dict[str, Any]:
    """Make a program run as `account` and reach `paths`: what `subprocess.run` takes for it."""
    if account.uid == os.geteuid():
        return {}
    parents = {parent: parent.stat() for path in paths for parent in path.parents}
    groups = {info.st_gid for info in parents.values() if not info.st_mode & stat.S_IXOTH}
    for parent, info in parents.items():
        if info.st_gid in groups and not info.st_mode & stat.S_IXGRP:
            parent.chmod(stat.S_IMODE(info.st_mode) | stat.S_IXGRP)
    return {"user": account.uid, "group": account.gid, "extra_groups": sorted(groups)}


def _system_user() -> ServerAccount:
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _create_system_user()
    return ServerAccount(entry.pw_uid, entry.pw_gid)


def _create_system_user() -> pwd.struct_passwd:
    useradd = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*useradd, SYSTEM_USER], capture_output=True, check=False)  # noqa: S603 # nosec B603
        return pwd.getpwnam(SYSTEM_USER)
    except (FileNotFoundError, KeyError) as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER!r} could not be "
            "created: create it, work as another user, or set DATABASE_URL."
        ) from error
