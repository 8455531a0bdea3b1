"""Every text of a mail, in its templates and in its code, is translated."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

import joanie.payment

PAYMENT = Path(joanie.payment.__path__[0])
WITH_CONTEXT = {"pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2)}


@pytest.fixture
def french() -> Catalog:
    with (PAYMENT / "locale/fr/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def sources() -> Iterator[str]:
    for template in (PAYMENT / "templates" / "joanie" / "mails").iterdir():
        yield templatize(template.read_text())
    for module in (PAYMENT / "mails").glob("*.py"):
        yield module.read_text()


def texts() -> set[str]:
    """Give all that can be said in a mail, in English."""
    found = set()
    for source in sources():
        for _line, message, _comments, context in extract(
            "python", BytesIO(source.encode()), keywords=WITH_CONTEXT
        ):
            assert context == "mail"
            found.add(message[1] if isinstance(message, tuple) else message)
    return found


def test_every_text_of_a_mail_is_translated_and_no_other(french: Catalog) -> None:
    translated = {message.id for message in french if message.context == "mail"}
    assert translated == texts()


def test_every_translation_is_there(french: Catalog) -> None:
    messages = [message for message in french if message.context == "mail"]
    assert all(message.string and not message.fuzzy for message in messages)
