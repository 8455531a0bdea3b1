"""The language of an answer: the reader's choice, limited to ``settings.LANGUAGES``."""

from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header


def find_supported_language(code: object) -> str | None:
    """Return the closest language there is ("fr" for "fr_CA"), None when there is none."""
    if not isinstance(code, str):
        return None
    try:
        return str(get_supported_language_variant(code.lower().replace("_", "-")))
    except LookupError:
        return None


def find_accepted_language(request: HttpRequest) -> str | None:
    """Read Accept-Language; None when it names no language there is."""
    for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()):
        if code == "*":
            return None
        language = find_supported_language(code)
        if language is not None:
            return language
    return None
