"""A host project that has no Django admin."""

from sandbox.settings import *  # noqa: F403 - settings are built on one another
from sandbox.settings import INSTALLED_APPS as ALL_APPS

INSTALLED_APPS = [app for app in ALL_APPS if app not in {"django.contrib.admin", "sandbox"}]
AUTH_USER_MODEL = "auth.User"
