"""Whatever text a document prints, it reaches neither the network nor the disk."""

import socket
from collections.abc import Iterator
from io import BytesIO

import pytest
from pypdf import PdfReader
from tests.payment.documents.conftest import build_invoice, read_pages

from joanie.payment.documents.rendering import render_pdf


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """Listen on this machine, for a connection that never comes."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0)
        yield trap


def markup(trap: socket.socket) -> str:
    here = f"http://127.0.0.1:{trap.getsockname()[1]}"
    return (
        f'"><img src="{here}/a"><link rel="stylesheet" href="{here}/b">'
        f"<style>@import url({here}/c)</style><iframe src='{here}/d'></iframe>"
        '<img src="file:///etc/passwd"><a rel="attachment" href="file:///etc/passwd">x</a>'
        '<img src="http://169.254.169.254/latest/meta-data/">{% debug %}{{ settings }}'
    )


@pytest.mark.parametrize(
    ("part", "field"),
    [
        *(("buyer", name) for name in ("first_name", "last_name", "address", "city", "email")),
        *(("seller", name) for name in ("name", "address", "registration_number")),
        ("payment", "reference"),
    ],
)
def test_markup_in_a_field_is_printed_and_not_followed(
    trap: socket.socket, part: str, field: str
) -> None:
    pdf = render_pdf(build_invoice(**{part: {field: markup(trap)}}))
    with pytest.raises(BlockingIOError):
        trap.accept()
    assert not PdfReader(BytesIO(pdf)).attachments


def test_markup_in_a_line_is_printed_and_not_followed(trap: socket.socket) -> None:
    evil = markup(trap)
    line = {"title": evil, "detail": evil, "quantity": 1, "total": "120.00"}
    pdf = render_pdf(build_invoice(lines=[line], reason=evil))
    with pytest.raises(BlockingIOError):
        trap.accept()
    assert "<img" in " ".join(read_pages(pdf))


def test_a_document_holds_no_link_and_no_file(trap: socket.socket) -> None:
    reader = PdfReader(BytesIO(render_pdf(build_invoice(buyer={"address": markup(trap)}))))
    assert not reader.attachments
    assert all("/Annots" not in page for page in reader.pages)
