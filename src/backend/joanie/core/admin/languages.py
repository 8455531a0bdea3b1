"""A field for each language that the catalogue is translated to."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from modeltrans.conf import get_available_languages
from modeltrans.utils import build_localized_fieldname


def fieldsets_of_translations(fields: Iterable[str]) -> list[tuple[str, dict[str, Any]]]:
    """Give a closed section per language but ``LANGUAGE_CODE``, which is in the fields proper."""
    names = dict(settings.LANGUAGES)
    return [
        (
            gettext("Translation: %(language)s") % {"language": gettext(names.get(code, code))},
            {
                "classes": ("collapse",),
                "fields": [build_localized_fieldname(field, code) for field in fields],
            },
        )
        for code in get_available_languages(include_default=False)
    ]
