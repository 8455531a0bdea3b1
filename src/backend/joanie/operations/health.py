"""What a server needs to sell, and what the whole site needs besides.

Readiness takes a server out of rotation, so it looks only at what that server cannot sell without.
A queue that is late, or documents that cannot be stored, are the same for all servers: taking all
of them away would stop sales as well. ``EVERYTHING`` is for whoever watches the site.
"""

import math
import pkgutil
from importlib import import_module

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from joanie.operations.queue_state import oldest_due_seconds
from joanie.operations.timed_checks import Finding, TimedCheck
from joanie.payment.models import ProformaInvoice

# Seconds that a check may take.
LIMIT = 2.0
# Seconds that a job which is due may wait.
QUEUE_IS_LATE_AFTER = 300
# Written once, then read: a probe costs no more than that.
STORED_NAME = "joanie/health.txt"
STORED_CONTENT = b"Joanie looks whether this can be read.\n"


def look_at_database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding(is_well=True)


def look_at_migrations() -> Finding:
    """Say whether the database has all that this code knows of; it may have more."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    return Finding(is_well=_migrations_on_disk() <= applied)


def look_at_storage() -> Finding:
    """Read a small file back, where documents are kept.

    It is written when it is not there, or not whole: whoever wrote it may have died meanwhile.
    """
    storage: Storage = ProformaInvoice._meta.get_field("pdf").storage  # noqa: SLF001 - public
    if not storage.exists(STORED_NAME):
        _write_file(storage)
    elif not _is_whole(storage):
        storage.delete(STORED_NAME)
        _write_file(storage)
    return Finding(is_well=_is_whole(storage))


def look_at_queue() -> Finding:
    seconds = oldest_due_seconds()
    return Finding(seconds <= QUEUE_IS_LATE_AFTER, {"oldest_due_seconds": int(seconds)})


def _write_file(storage: Storage) -> None:
    name = storage.save(STORED_NAME, ContentFile(STORED_CONTENT))
    if name != STORED_NAME:  # somebody else was faster
        storage.delete(name)


def _is_whole(storage: Storage) -> bool:
    with storage.open(STORED_NAME) as file:
        return bool(file.read() == STORED_CONTENT)


def _migrations_on_disk() -> set[tuple[str, str]]:
    """Read names alone: what they do takes memory, and is of no interest here."""
    found = set()
    for app in apps.get_app_configs():
        module_name, _ = MigrationLoader.migrations_module(app.label)
        try:
            module = import_module(module_name) if module_name else None
        except ModuleNotFoundError:
            module = None
        for each in pkgutil.iter_modules(getattr(module, "__path__", [])):
            if not each.ispkg and each.name[0] not in "_~":
                found.add((app.label, each.name))
    return found


DATABASE = TimedCheck("database", look_at_database, limit=LIMIT, lasts=2)
# Code does not change while it runs: what it knows of stays applied.
MIGRATIONS = TimedCheck("migrations", look_at_migrations, limit=LIMIT, lasts=math.inf)
STORAGE = TimedCheck("storage", look_at_storage, limit=LIMIT, lasts=60)
QUEUE = TimedCheck("queue", look_at_queue, limit=LIMIT, lasts=2)

NEEDED_TO_SELL = (DATABASE, MIGRATIONS)
EVERYTHING = (*NEEDED_TO_SELL, STORAGE, QUEUE)
