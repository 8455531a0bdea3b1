"""The words of the hosted pages, in the languages that learners pay in."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

LANGUAGES = ("en", "fr")
DEFAULT_LANGUAGE = "en"


def _read(language: str) -> Mapping[str, str]:
    path = Path(__file__).parent / "texts" / f"{language}.json"
    return MappingProxyType(json.loads(path.read_text(encoding="utf-8")))


TEXTS = MappingProxyType({language: _read(language) for language in LANGUAGES})
