from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

import joanie.payment

SOURCES = sorted((Path(joanie.payment.__path__[0]) / "locale").glob("*/LC_MESSAGES/django.po"))


@pytest.fixture(params=SOURCES, ids=lambda path: path.parts[-3])
def source(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def read_source(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file, abort_invalid=True)


def texts(catalog: Catalog) -> dict[Any, Any]:
    """Give its messages; the header, which holds the time of the compilation, is none."""
    return {(message.context, message.id): message.string for message in catalog if message.id}


def test_every_text_of_a_document_is_translated(source: Path) -> None:
    messages = [message for message in read_source(source) if message.context == "document"]
    assert messages
    assert all(message.string and not message.fuzzy for message in messages)


def test_compiled_translations_are_those_of_the_source(source: Path) -> None:
    expected = BytesIO()
    write_mo(expected, read_source(source))
    expected.seek(0)
    with source.with_suffix(".mo").open("rb") as compiled:
        assert texts(read_mo(compiled)) == texts(read_mo(expected))
