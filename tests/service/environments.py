"""The sandbox's settings, as a process reads them that has this environment and no other."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Of no worth.
PRODUCTION = {
    "DJANGO_DEBUG": "false",
    "DJANGO_SECRET_KEY": "a key of a test, long enough to be none of those that are refused",
    "DATABASE_URL": "postgres://joanie@localhost/joanie",
    "JOANIE_PUBLIC_BASE_URL": "https://shop.example.org",
    "JOANIE_JWT_SIGNING_KEY": "another key of a test, which is as long as it has to be",
    "JOANIE_METRICS_TOKEN": "a token of a test, which nobody could guess by trying",
    "JOANIE_PAYMENT_BACKENDS": json.dumps(
        {
            "shop": {
                "backend": "joanie.payment.backends.stripe.StripeBackend",
                "configuration": {"secret_key": "sk_test_x", "webhook_secret": "whsec_x"},
            }
        }
    ),
}
SHOW = """
import json, sys
from sandbox import settings
found = {name: getattr(settings, name, None) for name in sys.argv[1:]}
print(json.dumps(found, default=str))
"""


def run_python(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT / "src/backend"), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def read_settings(*names: str, **environment: str) -> dict[str, Any]:
    run = run_python("-c", SHOW, *names, **environment)
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def read_refusal(**environment: str) -> str:
    """Give the last line of what is said when the settings cannot be read."""
    run = run_python("-c", SHOW, **environment)
    assert run.returncode == 1, run.stdout
    return run.stderr.splitlines()[-1].partition("ImproperlyConfigured: ")[2]
