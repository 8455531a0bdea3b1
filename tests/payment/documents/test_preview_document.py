"""The command that shows what a template makes of made-up data."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from tests.payment.documents.conftest import picture_sizes, read_pages

from joanie.payment.documents.samples import Kind


def preview(folder: Path, *arguments: str) -> list[str]:
    """Run it without a database, and read the pages."""
    output = folder / "preview.pdf"
    call_command("preview_document", *arguments, "--output", str(output))
    return read_pages(output.read_bytes())


@pytest.mark.parametrize(
    ("kind", "printed"),
    [
        (Kind.PROFORMA_INVOICE, "Pro forma invoice PF-IDL-2026-000042"),
        (Kind.CREDIT_NOTE, "Corrects pro forma invoice PF-IDL-2026-000042 of 21 November 2026"),
        (Kind.CREDIT_NOTE_REVERSAL, "Takes back credit note CN-IDL-2026-000007 of 3 December"),
    ],
)
def test_each_kind_is_printed(kind: Kind, printed: str, tmp_path: Path) -> None:
    (page,) = preview(tmp_path, "--kind", kind)
    assert printed in page
    assert "Here the seller's legal mentions follow" in page


@pytest.mark.parametrize(
    ("currency", "total"), [("JPY", "12 000 JPY"), ("EUR", "120,00 €"), ("KWD", "12,000 KWD")]
)
def test_language_and_currency_are_chosen(currency: str, total: str, tmp_path: Path) -> None:
    (page,) = preview(tmp_path, "--language", "fr", "--currency", currency)
    assert f"Total TTC {total}" in page
    assert "mentions légales" in page


def test_many_lines_make_many_pages(tmp_path: Path) -> None:
    pages = preview(tmp_path, "--lines", "60")
    assert f"Page 1 of {len(pages)}" in pages[0]
    assert "Total, VAT included €7,200.00" in pages[-1]


def test_own_logo_takes_the_place_of_the_sample(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (40, 10)).save(logo)
    preview(tmp_path, "--logo", str(logo))
    assert picture_sizes((tmp_path / "preview.pdf").read_bytes()) == [(40, 10)]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), ("<svg/>", "is a PNG or a JPEG"), ("\x89PNG", "is a PNG or a JPEG")],
)
def test_logo_that_cannot_be_used_is_said(content: str | None, said: str, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    if content is not None:
        logo.write_text(content)
    with pytest.raises(CommandError, match=f"logo.png: .*{said}"):
        preview(tmp_path, "--logo", str(logo))


def test_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"preview.pdf: No such file"):
        preview(tmp_path / "missing")


@pytest.mark.parametrize("lines", ["0", "-1", "10001", "many"])
def test_number_of_lines_that_makes_no_document_is_said(lines: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--lines"):
        preview(tmp_path, "--lines", lines)


def test_template_that_fetches_is_named(
    override_template: Callable[[str], None], tmp_path: Path
) -> None:
    override_template('<img src="https://example.org/logo.png">')
    with pytest.raises(CommandError) as refusal:
        preview(tmp_path)
    assert "joanie/documents/proforma_invoice.html" in str(refusal.value)
    assert "https://example.org/logo.png" in str(refusal.value)
    assert not (tmp_path / "preview.pdf").exists()
