"""The settings of tests' workers, for one that may send webhooks to this machine."""

from tests.common.worker_settings import *  # noqa: F403 - settings are built on one another
from tests.common.worker_settings import JOANIE  # type: ignore[attr-defined]

JOANIE = {**JOANIE, "WEBHOOK_ALLOWED_HOSTS": ["127.0.0.1"], "LMS_TIMEOUT": 20}
