"""The sandbox, for a worker process on the database of the tests."""

import os

from sandbox.settings import *  # noqa: F403 - settings are built on one another
from sandbox.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["WORKER_DATABASE"]
PROCRASTINATE_IMPORT_PATHS = ["tests.common.worker_tasks"]
