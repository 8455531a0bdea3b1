"""System checks of what the host project itself has to be like."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.core.files.storage import FileSystemStorage, storages
from django.db import connections, router

from joanie.core.models import Order


@register(Tags.compatibility)
def check_host(**_: Any) -> list[CheckMessage]:
    return [*_check_database(), *_check_time()]


@register(deploy=True)
def check_place_of_files(**_: Any) -> list[CheckMessage]:
    storage = storages["default"]
    if not isinstance(storage, FileSystemStorage) or storage.base_location:
        return []
    return [
        Warning(
            "Documents are kept in the directory that each program is started in.",
            hint="Set MEDIA_ROOT to a directory that web server and worker share, and that is "
            "backed up, or another storage in STORAGES.",
            id="joanie.W024",
        )
    ]


def _check_database() -> Iterator[CheckMessage]:
    alias = router.db_for_write(Order)
    if connections[alias].vendor != "postgresql":
        yield Error(
            f"Joanie needs PostgreSQL, which the database {alias!r} is not.",
            hint="Write “django.db.backends.postgresql” as its “ENGINE”, in DATABASES.",
            id="joanie.E022",
        )


def _check_time() -> Iterator[CheckMessage]:
    if not settings.USE_TZ:
        yield Error(
            "Joanie needs moments that say their time zone.",
            hint="Set USE_TZ to True.",
            id="joanie.E023",
        )
