"""Parts of Joanie that a host puts its own in place of, by dotted paths in the settings."""

from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

Part = TypeVar("Part")


class UnusablePart(ImproperlyConfigured):
    """What a path leads to cannot be put there; the message says why."""


def load_object(path: object) -> object:
    """Return what a dotted path leads to. Raises UnusablePart."""
    try:
        return import_string(path)  # type: ignore[arg-type]
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UnusablePart(f"{path!r}: {error}") from error


def load_class(path: object, base: type[Part]) -> type[Part]:
    """Return the class that a dotted path leads to. Raises UnusablePart unless it extends base."""
    found = load_object(path)
    if not isinstance(found, type) or not issubclass(found, base):
        raise UnusablePart(f"{path!r} does not extend {base.__module__}.{base.__qualname__}")
    return found
