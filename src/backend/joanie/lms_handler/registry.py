from django.utils.module_loading import import_string

from joanie.conf import joanie_settings
from joanie.lms_handler.base import BaseLMSBackend


def get_lms_backend(resource_link: str) -> BaseLMSBackend | None:
    """Build the first configured backend whose ``prefix`` the link starts with, if any."""
    for entry in joanie_settings.LMS_BACKENDS:
        if resource_link.startswith(entry.get("prefix", "")):
            backend: BaseLMSBackend = import_string(entry["backend"])(entry.get("configuration"))
            return backend
    return None
