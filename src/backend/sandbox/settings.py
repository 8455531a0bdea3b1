"""Settings of the sandbox: the project that hosts Joanie in development, in the demo and in tests.

Everything an operator changes is read from the environment.
"""

from pathlib import Path

import environ

import joanie
from joanie.api.cors import ALLOWED_HEADERS, EXPOSED_HEADERS
from joanie.api.openapi import OPENAPI_SETTINGS
from sandbox.providers import configure_provider

BASE_DIR = Path(__file__).resolve().parents[3]
DATA_DIR = BASE_DIR / "data"

env = environ.Env()

DEBUG = env.bool("DJANGO_DEBUG", default=True)
SECRET_KEY = env.str(
    "DJANGO_SECRET_KEY",
    default="only-for-development-and-therefore-worthless" if DEBUG else environ.Env.NOTSET,
)
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=[])

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
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DJANGO_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
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

JWKS_URL = env.str("JOANIE_JWKS_URL", default="")

# Who takes the payments: a provider that is played on this machine.
PROVIDER = env.str("JOANIE_PROVIDER", default="") or "dummy"

JOANIE = {
    "PAYMENT_BACKENDS": {
        PROVIDER: configure_provider(
            PROVIDER, SECRET_KEY, env.str(f"JOANIE_{PROVIDER.upper()}_URL", default="")
        ),
    },
    "DEFAULT_PAYMENT_BACKEND": PROVIDER,
    "PUBLIC_BASE_URL": env.str("JOANIE_PUBLIC_BASE_URL", default="") or None,
    "JWT_SIGNING_KEY": env.str(
        "JOANIE_JWT_SIGNING_KEY", default=SECRET_KEY if DEBUG and not JWKS_URL else ""
    ),
    "JWKS_URL": JWKS_URL or None,
    "JWT_ISSUER": env.str("JOANIE_JWT_ISSUER", default="") or None,
    "JWT_AUDIENCE": env.str("JOANIE_JWT_AUDIENCE", default="") or None,
    "PROXY_COUNT": env.int("JOANIE_PROXY_COUNT", default=0),
}
if not env.bool("JOANIE_THROTTLING", default=True):
    JOANIE["THROTTLE_RATES"] = None
if seconds := env.int("JOANIE_RECONCILE_AFTER", default=0):
    JOANIE["RECONCILE_AFTER"] = seconds

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("DJANGO_LOG_LEVEL", default="WARNING")},
}
