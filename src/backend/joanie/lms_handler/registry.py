from collections.abc import Mapping
from typing import Any

from django.utils.module_loading import import_string

from joanie.conf import joanie_settings
from joanie.lms_handler.base import BaseLMSBackend


def get_lms_backend(resource_link: str) -> BaseLMSBackend | None:
    """Build the first configured backend whose ``prefix`` the link starts with, if any."""
    entry = _find_entry(resource_link)
    if entry is None:
        return None
    backend: BaseLMSBackend = import_string(entry["backend"])(entry.get("configuration"))
    return backend


def get_lms_prefix(resource_link: str) -> str | None:
    """Return what tells the LMS of this link from the others; None when it is none of ours."""
    entry = _find_entry(resource_link)
    return None if entry is None else str(entry.get("prefix", ""))


def _find_entry(resource_link: str) -> Mapping[str, Any] | None:
    for entry in joanie_settings.LMS_BACKENDS:
        if resource_link.startswith(entry.get("prefix", "")):
            found: Mapping[str, Any] = entry
            return found
    return None
