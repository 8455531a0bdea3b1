"""System checks of ``LMS_BACKENDS``: a bad entry is found at start, not at the first enrolment."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004
from django.utils.module_loading import import_string

from joanie.conf import joanie_settings
from joanie.lms_handler.base import BaseLMSBackend

OPTIONS = frozenset({"prefix", "backend", "configuration"})


@register()
def check_lms_backends(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    entries = joanie_settings.LMS_BACKENDS
    if not isinstance(entries, (list, tuple)):
        return [Error("JOANIE['LMS_BACKENDS'] must be a list.", id="joanie.E040")]
    messages: list[CheckMessage] = []
    prefixes: list[str] = []
    for number, entry in enumerate(entries):
        where = f"JOANIE['LMS_BACKENDS'][{number}]"
        messages += _check_entry(where, entry)
        prefix = entry.get("prefix", "") if isinstance(entry, Mapping) else None
        if not isinstance(prefix, str):
            continue
        if any(prefix.startswith(earlier) for earlier in prefixes):
            messages.append(
                Warning(
                    f"{where} is never used: an entry before it takes the same links.",
                    hint="The first entry whose prefix fits is taken: put longer ones first.",
                    id="joanie.W045",
                )
            )
        prefixes.append(prefix)
    return messages


def _check_entry(where: str, entry: Any) -> Iterator[CheckMessage]:
    if not _has_good_types(entry):
        yield Error(
            f"{where} must be a dictionary with the dotted path of a class as “backend”.",
            hint="It may have a “prefix” (a text) and a “configuration” (a dictionary) too.",
            id="joanie.E041",
        )
        return
    try:
        backend_class = import_string(entry["backend"])
    except (ImportError, TypeError, ValueError) as error:
        yield Error(f"{where}: {error}", id="joanie.E042")
        return
    is_backend = isinstance(backend_class, type) and issubclass(backend_class, BaseLMSBackend)
    if not is_backend or backend_class.__abstractmethods__:
        yield Error(
            f"{where}: it does not extend BaseLMSBackend, or has no set_enrollment.",
            id="joanie.E043",
        )
        return
    for fault in backend_class.find_faults(entry.get("configuration") or {}):
        yield Error(f"{where}: {fault}", id="joanie.E044")


def _has_good_types(entry: Any) -> bool:
    return (
        isinstance(entry, Mapping)
        and set(entry) <= OPTIONS
        and isinstance(entry.get("backend"), str)
        and isinstance(entry.get("prefix", ""), str)
        and isinstance(entry.get("configuration") or {}, Mapping)
    )
