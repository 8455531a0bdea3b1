"""The sandbox as a production has it, in databases of its own.

Other than in production: the dummy provider is allowed, and nobody is throttled.
"""

import os

# The embedded PostgreSQL, whatever the environment says: the bench drops its databases.
os.environ["DJANGO_DEBUG"] = "true"
os.environ.pop("DATABASE_URL", None)

from sandbox.settings import *  # noqa: F403 - the environment comes first
from sandbox.settings import DATA_DIR, DATABASES, JOANIE

BENCH_DIR = DATA_DIR / "bench"
BENCH_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = False
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = False
ALLOWED_HOSTS = ["127.0.0.1"]
SECRET_KEY = "of the bench, and of no worth: it never leaves this machine"  # noqa: S105

ROOT_URLCONF = "benchmarks.urls"
WSGI_APPLICATION = "benchmarks.wsgi.application"
MEDIA_ROOT = BENCH_DIR / "media"
STATIC_ROOT = BENCH_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

DATABASES["default"]["NAME"] = os.environ.get("JOANIE_BENCH_DATABASE", "joanie_bench")

JOANIE.update(
    {
        "ALLOW_DUMMY": True,
        "THROTTLE_RATES": None,
        "JWT_SIGNING_KEY": SECRET_KEY,
        # Nobody listens there, and the provider is told to send nothing.
        "PUBLIC_BASE_URL": "http://127.0.0.1:9",
    }
)
