"""What the sandbox reads from the environment, as an operator writes it.

``NAME_FILE`` names a file that holds the value of ``NAME``: secrets of Docker and Kubernetes do.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

PREFIX = "JOANIE_"
# What Kubernetes tells each container of a Service that is called joanie.
OF_KUBERNETES = re.compile(
    r"JOANIE_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?"
    r"|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)"
)


class Variables(FileAwareMapping):  # type: ignore[misc]
    """The environment, less what is empty there; of a file, all but the end of its last line."""

    def __getitem__(self, name: str) -> str:
        try:
            value: str = super().__getitem__(name)
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}") from error
        if self.env.get(f"{name}_FILE"):
            value = value.rstrip("\r\n")
        if not value:
            raise KeyError(name)
        return value


class Environment(environ.Env):  # type: ignore[misc]
    """django-environ, but for a value that begins with “$”: it is no other variable's name."""

    ENVIRON = Variables()

    def get_value(self, var: str, cast: Any = None, *arguments: Any, **options: Any) -> Any:
        value = self.ENVIRON.get(var, "")
        if value.startswith("$"):
            return self.parse_value(value, cast)
        return super().get_value(var, cast, *arguments, **options)


def read_joanie_settings(env: Environment, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``JOANIE_NAME`` says of each setting NAME.

    Where the default is a text or None the variable is the text; anything else is JSON. Raises
    ImproperlyConfigured, without the value: it may be a secret.
    """
    return {
        name: _read(PREFIX + name, env.str(PREFIX + name), default)
        for name, default in defaults.items()
        if PREFIX + name in env.ENVIRON
    }


def read_address(name: str, url: str) -> SplitResult:
    """Read scheme and host of a URL. Raises ImproperlyConfigured."""
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {url!r}, which is no address.") from error


def refuse_unknown(env: Environment, *known: str) -> None:
    """Raise ImproperlyConfigured for a ``JOANIE_…`` that nothing reads: mistyped, most likely."""
    names = {
        name.removesuffix("_FILE")
        for name in env.ENVIRON
        if name.startswith(PREFIX) and not OF_KUBERNETES.fullmatch(name)
    }
    if unknown := sorted(names - set(known)):
        raise ImproperlyConfigured(f"No setting is called {', '.join(unknown)}.")


def _read(name: str, text: str, default: object) -> Any:
    if default is None or isinstance(default, str):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        # Not "from error", which holds the text.
        raise ImproperlyConfigured(
            f"{name} is not JSON: {error}. Its default is {json.dumps(default)}."
        ) from None
