"""The sandbox, for processes on the database and the provider of the tests."""

import json
import os

from sandbox.settings import *  # noqa: F403 - settings are built on one another
from sandbox.settings import DATABASES, JOANIE, LOGGING

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES["default"]["NAME"] = os.environ["PROCESS_DATABASE"]
MEDIA_ROOT = os.environ["PROCESS_MEDIA"]
JOANIE.update(json.loads(os.environ["PROCESS_JOANIE"]))
# As without DEBUG.
LOGGING["loggers"] = {"joanie": {"level": "INFO"}}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
