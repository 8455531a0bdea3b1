"""Settings of the project that hosts Joanie in development and in tests, and is the service.

Everything an operator changes is read from the environment. With ``DJANGO_DEBUG=false`` the
defaults are those of a production.
"""

from pathlib import Path
from typing import Any
from urllib.parse import unquote

import joanie
from joanie.api.cors import ALLOWED_HEADERS, EXPOSED_HEADERS
from joanie.api.openapi import OPENAPI_SETTINGS
from joanie.conf import DEFAULTS
from sandbox.environment import Environment, read_address, read_joanie_settings, refuse_unknown
from sandbox.object_storage import limit_waiting
from sandbox.providers import URL_NAMES, configure_provider

BASE_DIR = Path(__file__).resolve().parents[3]
DATA_DIR = BASE_DIR / "data"

env = Environment()

DEBUG = env.bool("DJANGO_DEBUG", default=True)
SECRET_KEY = env.str(
    "DJANGO_SECRET_KEY",
    default="only-for-development-and-therefore-worthless" if DEBUG else Environment.NOTSET,
)

# Every setting of Joanie: JOANIE_PUBLIC_BASE_URL, JOANIE_PAYMENT_BACKENDS, …
JOANIE = read_joanie_settings(env, DEFAULTS)

# Where the world reaches the site says what else is allowed, unless that is said.
PUBLIC = read_address("JOANIE_PUBLIC_BASE_URL", JOANIE.get("PUBLIC_BASE_URL", ""))
DEVELOPMENT_HOSTS = [".localhost", "127.0.0.1", "[::1]"] if DEBUG else []
ALLOWED_HOSTS = env.list(
    "DJANGO_ALLOWED_HOSTS",
    default=[PUBLIC.hostname, *DEVELOPMENT_HOSTS] if PUBLIC.hostname else [],
)
CSRF_TRUSTED_ORIGINS = env.list(
    "DJANGO_CSRF_TRUSTED_ORIGINS",
    default=[f"{PUBLIC.scheme}://{PUBLIC.netloc}"] if PUBLIC.hostname else [],
)

# A production speaks https, unless its public address says otherwise.
IS_HTTPS = not DEBUG and PUBLIC.scheme != "http"
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_HSTS_SECONDS = env.int("DJANGO_HSTS_SECONDS", default=30 * 24 * 3600) if IS_HTTPS else 0
# What asks for the health of a process speaks http with it.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
# Proxies of ours end TLS, and say so in place of whoever asks.
SECURE_PROXY_SSL_HEADER: tuple[str, str] | None = (
    ("HTTP_X_FORWARDED_PROTO", "https") if JOANIE.get("PROXY_COUNT") else None
)
# What the other hosts of a domain do is not this one's to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "corsheaders",
    *joanie.INSTALLED_APPS,
    "joanie.emulators",
    "joanie.demo",
    "sandbox",
]

MIDDLEWARE = [
    "joanie.operations.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "sandbox.urls"
WSGI_APPLICATION = "sandbox.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Any PostgreSQL when DATABASE_URL says so; in development one that starts by itself under data/.
if DEBUG and not env.str("DATABASE_URL", default=""):
    DATABASES = {
        "default": {
            "ENGINE": "sandbox.embedded_postgres",
            "NAME": env.str("DJANGO_DATABASE_NAME", default="joanie"),
            "DATA_DIR": DATA_DIR / "postgres",
        }
    }
else:
    DATABASES = {"default": env.db("DATABASE_URL")}
    # A socket's directory is written as PostgreSQL has it in URLs: "%2Frun%2Fpostgresql".
    DATABASES["default"]["HOST"] = unquote(DATABASES["default"].get("HOST") or "")
# Connections of a process: each of its threads keeps one, or all of them share so many.
POOL_SIZE = env.int("DJANGO_DATABASE_POOL", default=0)
DATABASES["default"]["CONN_MAX_AGE"] = (
    0 if POOL_SIZE else env.int("DJANGO_CONN_MAX_AGE", default=60)
)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if POOL_SIZE:
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": POOL_SIZE},
    }
if env.bool("DJANGO_PREPARED_STATEMENTS", default=True):
    # PostgreSQL plans a statement once, instead of each time. Not through a pooler that gives each
    # transaction another connection, unless it knows of prepared statements.
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"].get("OPTIONS", {}),
        "server_side_binding": True,
        "prepare_threshold": 3,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "sandbox.User"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
# In development static files come from where the applications keep them.
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = env.path("DJANGO_MEDIA_ROOT", default=DATA_DIR / "media")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
if bucket := env.str("DJANGO_S3_BUCKET", default=""):
    # Who we are there is read by the client itself: AWS_ACCESS_KEY_ID, a file, the machine's role.
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env.str("DJANGO_S3_ENDPOINT_URL", default="") or None,
            "region_name": env.str("DJANGO_S3_REGION", default="") or None,
            # Nothing is public; who is let in by Joanie is given the document itself.
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": False,
            "client_config": limit_waiting(),
        },
    }

# Requests are counted in the cache, by all processes together in production.
CACHES = {
    "default": env.cache_url("CACHE_URL", default="locmemcache://")
    if DEBUG or "CACHE_URL" in env.ENVIRON
    else {"BACKEND": "sandbox.shared_cache.SharedCache", "LOCATION": "joanie_cache"}
}

# "smtp+tls://user:password@mail.example.org:587" sends mails. In development they are files.
vars().update(
    {
        **env.email_url("EMAIL_URL", default="filemail://" if DEBUG else "smtp://localhost:25"),
        "EMAIL_FILE_PATH": DATA_DIR / "mails",
    }
)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Joanie <joanie@localhost>")

SPECTACULAR_SETTINGS = OPENAPI_SETTINGS

# Web pages of these origins, "https://shop.example.org", may call the API; without any, none may.
CORS_ALLOWED_ORIGINS = env.list("DJANGO_CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ALLOWED_HEADERS
CORS_EXPOSE_HEADERS = EXPOSED_HEADERS

# Who takes the payments: accounts of yours, else a provider that is played on this machine.
PROVIDER = env.str("JOANIE_PROVIDER", default="") or "dummy"
PROVIDER_URL = env.str(URL_NAMES[PROVIDER], default="") if PROVIDER in URL_NAMES else ""
if "PAYMENT_BACKENDS" not in JOANIE:
    JOANIE["PAYMENT_BACKENDS"] = {PROVIDER: configure_provider(PROVIDER, SECRET_KEY, PROVIDER_URL)}
if isinstance(JOANIE["PAYMENT_BACKENDS"], dict):
    JOANIE.setdefault("DEFAULT_PAYMENT_BACKEND", next(iter(JOANIE["PAYMENT_BACKENDS"]), ""))
if DEBUG and "JWKS_URL" not in JOANIE:
    JOANIE.setdefault("JWT_SIGNING_KEY", SECRET_KEY)
if not env.bool("JOANIE_THROTTLING", default=True):
    JOANIE["THROTTLE_RATES"] = None
if not DEBUG:
    refuse_unknown(
        env,
        *(f"JOANIE_{name}" for name in DEFAULTS),
        *("JOANIE_PROVIDER", "JOANIE_THROTTLING", *URL_NAMES.values()),
    )

# "json": an object on each line, for machines. "line": for people.
LOG_FORMAT = env.str("DJANGO_LOG_FORMAT", default="line" if DEBUG else "json")
LOG_LEVEL = env.str("DJANGO_LOG_LEVEL", default="")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "context": {"()": "joanie.common.log_context.LogContext"},
        "addresses": {"()": "joanie.operations.log_addresses.WithoutAddresses"},
    },
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "joanie.operations.json_lines.JsonLines"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["context", "addresses"],
            "formatter": LOG_FORMAT,
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL or "WARNING"},
    # Below that level the object storage's client writes down how it signs.
    "loggers": {"botocore": {"level": "INFO"}},
}
if not DEBUG:
    # A line for each request and job, and for each step of an order.
    LOGGING["loggers"]["joanie"] = {"level": LOG_LEVEL or "INFO"}
