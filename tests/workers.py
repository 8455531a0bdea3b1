"""A worker as it is in production: a process of its own."""

import os
import subprocess
import sys

from django.conf import settings
from django.db import connection


def start_worker(settings_module: str) -> "subprocess.Popen[str]":
    """Start a worker on the tests' database that ends when it finds no more work."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": settings_module,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "WORKER_DATABASE": connection.settings_dict["NAME"],
    }
    return subprocess.Popen(
        [sys.executable, "-m", "django", "procrastinate", "worker", "--one-shot"],
        env=environment,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
