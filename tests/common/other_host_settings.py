"""A host project that is unlike the sandbox: one currency, other languages."""

from django.utils.translation import gettext_lazy as _

from sandbox.settings import *  # noqa: F403 - settings are built on one another

LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("pt-br", _("Brazilian Portuguese"))]
CURRENCIES = ("EUR",)
CURRENCY_CHOICES = [("EUR", "Euro")]
DEFAULT_CURRENCY = "CHF"
CURRENCY_CODE_MAX_LENGTH = 10
CURRENCY_DECIMAL_PLACES = 6
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
