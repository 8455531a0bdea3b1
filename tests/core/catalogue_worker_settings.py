"""The sandbox with a catalogue to tell, for a worker process on the database of the tests."""

import os

from tests.common.worker_settings import *  # noqa: F403 - settings are built on one another
from tests.common.worker_settings import JOANIE

JOANIE["CATALOGUE_HOOKS"] = [{"url": os.environ["CATALOGUE_URL"], "secret": "theirs"}]
