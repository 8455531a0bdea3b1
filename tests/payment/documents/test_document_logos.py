"""The seller's logo on a document: the one it had at issue, or none."""

import logging
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from PIL import Image
from pypdf import PdfReader
from tests.payment.documents.conftest import build_invoice, read_pages

from joanie.common.transactions import NetworkInTransaction
from joanie.payment.documents.logos import read_logo
from joanie.payment.documents.rendering import render_pdf
from joanie.payment.models import ProformaInvoice

SELLER = "Institute of Distance Learning"


def png(mode: str = "RGB", size: tuple[int, int] = (600, 150)) -> bytes:
    file = BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(file, format="PNG")
    return file.getvalue()


RED = png()


def store(content: bytes, suffix: str, name: str = "") -> str:
    name = name or f"joanie/logos/{sha256(content).hexdigest()}{suffix}"
    return default_storage.save(name, ContentFile(content))


def with_logo(name: str, **content: Any) -> ProformaInvoice:
    return build_invoice(seller={"logo": name}, **content)


def figures(pdf: bytes) -> list[str]:
    """Give the alternative texts of the pictures that a screen reader meets."""
    found: list[str] = []

    def walk(node: Any) -> None:
        element = node.get_object()
        if isinstance(element, list):
            for child in element:
                walk(child)
        elif isinstance(element, dict):
            if element.get("/S") == "/Figure":
                found.append(str(element.get("/Alt", "")))
            walk(element.get("/K", []))

    root: Any = PdfReader(BytesIO(pdf)).root_object
    walk(root["/StructTreeRoot"]["/K"])
    return found


@pytest.mark.parametrize(
    ("content", "suffix"),
    [(png(), ".png"), (png("RGBA"), ".png"), (png("L"), ".png")],
    ids=["png", "transparent", "grey"],
)
def test_logo_is_printed_with_the_seller_s_name_for_those_who_do_not_see_it(
    content: bytes, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    pdf = render_pdf(with_logo(store(content, suffix)))
    assert figures(pdf) == [SELLER]
    assert " ".join(read_pages(pdf)).count(SELLER) == 1
    assert not caplog.records


def test_document_with_a_logo_can_be_archived() -> None:
    pdf = render_pdf(with_logo(store(png("RGBA"), ".png")))
    reader = PdfReader(BytesIO(pdf))
    root: Any = reader.root_object
    assert b'pdfaid:part="3" pdfaid:conformance="B"' in root["/Metadata"].get_data()
    page: Any = reader.pages[0]
    pictures = [each.get_object() for each in page["/Resources"]["/XObject"].values()]
    images = [each for each in pictures if each["/Subtype"] == "/Image"]
    # ISO 19005-3, 6.2.8: interpolation is not allowed.
    assert [image["/Interpolate"] for image in images] == [False]


def test_picture_finer_than_paper_shows_does_not_make_large_documents() -> None:
    fine = png("L", (1100, 900))
    assert len(fine) > 900_000
    assert len(render_pdf(with_logo(store(fine, ".png")))) < 300_000


def test_document_without_a_logo_names_its_seller(text_of: Callable[..., str]) -> None:
    assert text_of().startswith(f"{SELLER} Pro forma invoice")
    assert text_of(seller={"logo": ""}).startswith(f"{SELLER} Pro forma invoice")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (f"joanie/logos/{'0' * 64}.png", "No such file"),
        ("joanie/logos/logo.png", "its name does not say its content"),
        ("../secret.png", "its name does not say its content"),
        ("https://example.org/logo.png", "its name does not say its content"),
    ],
)
def test_logo_that_is_not_there_does_not_hold_a_document_up(
    name: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    (page,) = read_pages(render_pdf(with_logo(name)))
    assert page.startswith(f"{SELLER} Pro forma invoice")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    for part in ("PF-IDL-2026-000001", name, why):
        assert part in record.getMessage()


def test_logo_that_was_overwritten_is_not_printed(caplog: pytest.LogCaptureFixture) -> None:
    name = store(png("L"), ".png", f"joanie/logos/{sha256(RED).hexdigest()}.png")
    pdf = render_pdf(with_logo(name))
    assert figures(pdf) == []
    assert "it was changed after it was uploaded" in caplog.text


@pytest.mark.parametrize("content", [b"<svg/>", b"no picture", png()[:-40]])
def test_logo_that_nobody_checked_is_checked(
    content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert figures(render_pdf(with_logo(store(content, ".png")))) == []
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.django_db
def test_logo_is_not_read_in_a_transaction() -> None:
    invoice = with_logo(store(RED, ".png"))
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        read_logo(invoice)


def test_storage_that_does_not_answer_is_asked_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = store(RED, ".png")
    monkeypatch.setattr(FileSystemStorage, "open", _does_not_answer)
    with pytest.raises(ConnectionError):
        render_pdf(with_logo(name))


def _does_not_answer(*_: object) -> None:
    raise ConnectionError
