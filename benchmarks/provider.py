"""The dummy provider for gunicorn, which takes less of the machine than Flask's own server.

It remembers nothing in a file, and one process has all of it.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
django.setup()

from joanie.emulators.dummy import create_app  # noqa: E402 - the settings come first
from joanie.payment.backends.dummy.client import get_secret  # noqa: E402

application = create_app([get_secret({})])
