"""The words of the hosted pages, in the languages that learners pay in."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

LANGUAGES = ("en", "fr")
DEFAULT_LANGUAGE = "en"

Texts = Mapping[str, Mapping[str, str]]


def read_texts(folder: Path) -> Texts:
    """Read ``en.json`` and ``fr.json``."""
    return MappingProxyType(
        {
            language: MappingProxyType(
                json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
            )
            for language in LANGUAGES
        }
    )


def known_language(wanted: str | None) -> str:
    """Read ``fr-FR`` or ``fr_FR`` as French, and what nobody speaks as English."""
    language = (wanted or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


TEXTS = read_texts(Path(__file__).parent / "texts")
