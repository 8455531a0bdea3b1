"""What a template may bring into a document: packaged files, and what it holds itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

from joanie.payment.documents.exceptions import DocumentNotRendered
from joanie.payment.documents.rendering import render_pdf
from joanie.payment.models import ProformaInvoice

REFUSED = [
    "http://127.0.0.1:1/logo.png",
    "https://example.org/logo.png",
    "//example.org/logo.png",
    "ftp://example.org/logo.png",
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "/etc/passwd",
    "logo.png",
    "packaged:missing.css",
    "packaged:../printout.py",
    "packaged:/etc/passwd",
    "packaged:",
]
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk"
    "YAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


@pytest.mark.parametrize("url", REFUSED)
@pytest.mark.parametrize(
    "markup",
    [
        '<img src="{}">',
        '<link rel="stylesheet" href="{}">',
        '<style>@import url("{}");</style>',
        '<style>@font-face {{ font-family: Other; src: url("{}"); }}</style>',
        '<p style="background: url({})">Text</p>',
    ],
)
def test_template_that_fetches_is_refused(
    invoice: ProformaInvoice, override_template: Callable[[str], None], markup: str, url: str
) -> None:
    override_template(markup.format(url))
    with pytest.raises(DocumentNotRendered):
        render_pdf(invoice)


def test_attachment_is_refused(
    invoice: ProformaInvoice, override_template: Callable[[str], None], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    override_template(f'<link rel="attachment" href="{secret.as_uri()}">')
    with pytest.raises(DocumentNotRendered):
        render_pdf(invoice)


def test_refusal_says_what_was_asked_for(
    invoice: ProformaInvoice, override_template: Callable[[str], None]
) -> None:
    override_template('<img src="https://example.org/logo.png">')
    with pytest.raises(DocumentNotRendered) as refusal:
        render_pdf(invoice)
    assert "https://example.org/logo.png" in refusal.value.context["refused"]
    assert "example.org" not in refusal.value.message


def test_template_may_hold_its_own_picture_and_style(
    invoice: ProformaInvoice, override_template: Callable[[str], None]
) -> None:
    override_template(
        '{% extends "joanie/documents/base.html" %}'
        "{% block styles %}<style>h1 { color: #600 }</style>{% endblock %}"
        f'{{% block logo %}}<img alt="" src="{PICTURE}">{{% endblock %}}'
    )
    assert b"/Image" in render_pdf(invoice)
