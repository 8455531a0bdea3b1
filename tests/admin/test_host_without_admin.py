"""The admin is an offer: the plugin works in a project that has none."""

import os
import subprocess
import sys

SCRIPT = """
import django
django.setup()
from django.template import engines
from joanie.payment.reads import timeline
engines["django"].from_string("{% load i18n %}").render()
"""


def test_templates_and_timelines_do_not_need_the_admin() -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.admin.host_without_admin",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", SCRIPT]
    subprocess.run(command, env=environment, check=True, timeout=60)
