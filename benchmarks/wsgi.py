"""The sandbox's application; one address is answered without any middleware."""

import os
from collections.abc import Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")

from django.core.wsgi import get_wsgi_application
from django.test import override_settings

_whole = get_wsgi_application()

from benchmarks.floors import NO_MIDDLEWARE  # noqa: E402 - the applications come first

with override_settings(MIDDLEWARE=[]):
    _bare = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    handler = _bare if environ["PATH_INFO"] == NO_MIDDLEWARE else _whole
    return handler(environ, start_response)
