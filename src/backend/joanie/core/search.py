"""Finding rows by what people read on them, in their language."""

from typing import Any, TypeVar

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Concat, NullIf
from modeltrans.conf import get_default_language, get_fallback_chain
from modeltrans.utils import build_localized_fieldname, get_language

Rows = TypeVar("Rows", bound=QuerySet[Any])

# Between texts: a word that is looked for has no white space.
SEPARATOR = Value("\n")


def search(rows: Rows, text: str, *names: str) -> Rows:
    """Keep the rows whose texts hold every word of ``text``, in capitals or not.

    ``names`` are fields, also of related rows. ``title_i18n`` is the title as the reader sees it:
    in the active language, else in the base one.
    """
    texts = (part for name in names for part in (_as_read(name), SEPARATOR))
    rows = rows.alias(searched_text=Concat(*texts, output_field=TextField()))
    for word in text.split():
        rows = rows.filter(searched_text__icontains=word)
    return rows


def _as_read(name: str) -> Combinable:
    """Do in SQL what modeltrans does on reading: an empty translation is none."""
    *path, field = name.split(LOOKUP_SEP)
    if not field.endswith("_i18n"):
        return F(name)
    field = field.removesuffix("_i18n")
    language = get_language()
    languages = dict.fromkeys((language, *get_fallback_chain(language), get_default_language()))
    texts = [NullIf(_in_language(each, path, field), Value("")) for each in languages]
    return Coalesce(*texts, Value(""), output_field=TextField())


def _in_language(language: str, path: list[str], field: str) -> Combinable:
    if language == get_default_language():
        return F(LOOKUP_SEP.join([*path, field]))
    key = build_localized_fieldname(field, language)
    return KeyTextTransform(key, LOOKUP_SEP.join([*path, "i18n"]))
