"""What a host changes by putting templates of its own before the packaged ones."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings
from tests.payment.documents.conftest import build_invoice, read_pages

from joanie.common.money import Money
from joanie.payment.documents.exceptions import DocumentNotRendered
from joanie.payment.documents.rendering import render_pdf
from joanie.payment.models import ProformaInvoice

INVOICE, NOTE, BASE = "proforma_invoice.html", "credit_note.html", "base.html"

Host = Callable[[str, str], None]


@pytest.fixture
def host(settings: Settings, tmp_path: Path) -> Host:
    """Write a template into the folder of a host project."""
    folder = tmp_path / "templates" / "joanie" / "documents"
    folder.mkdir(parents=True)
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [tmp_path / "templates"]
    settings.TEMPLATES = templates
    return lambda name, source: (folder / name).write_text(source) and None


def _extending(name: str, inside: str) -> str:
    return f'{{% extends "joanie/documents/{name}" %}}{inside}'


def test_one_block_is_changed_and_the_rest_stays(host: Host, invoice: ProformaInvoice) -> None:
    host(INVOICE, _extending(INVOICE, "{% block remarks %}<p>Thank you.</p>{% endblock %}"))
    (page,) = read_pages(render_pdf(invoice))
    assert "Thank you." in page
    assert "Total, VAT included €120.00" in page


def test_base_is_changed_for_all_documents(host: Host, invoice: ProformaInvoice) -> None:
    host(BASE, _extending(BASE, "{% block logo %}<p>Own letterhead</p>{% endblock %}"))
    note = build_invoice(Money("-120.00", "EUR"), vat="-20.00")
    for each, heading in [(invoice, "Pro forma invoice"), (note, "Credit note")]:
        assert f"Own letterhead {heading}" in " ".join(read_pages(render_pdf(each)))


def test_other_documents_keep_their_template(host: Host) -> None:
    host(INVOICE, "<p>Ours</p>")
    note = build_invoice(Money("-120.00", "EUR"), vat="-20.00")
    assert "Credit note" in " ".join(read_pages(render_pdf(note)))


def test_everything_is_replaced(host: Host, invoice: ProformaInvoice) -> None:
    host(INVOICE, "<title>x</title><p>{{ document.buyer.name }}: {{ document.total }}</p>")
    assert read_pages(render_pdf(invoice)) == ["Some Learner: €120.00"]


def test_styles_of_the_host_come_last(host: Host, invoice: ProformaInvoice) -> None:
    style = "<style>@page { size: A5 } .facts { display: none }</style>"
    host(BASE, _extending(BASE, f"{{% block styles %}}{style}{{% endblock %}}"))
    assert "Ordered on" not in " ".join(read_pages(render_pdf(invoice)))


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ('<img src="https://example.org/a.png">', "https://example.org/a.png"),
        ('<link rel="stylesheet" href="file:///srv/own.css">', "file:///srv/own.css"),
        (
            _extending(BASE, "{% block styles %}<style>@import 'a.css';</style>{% endblock %}"),
            "a.css",
        ),
        (_extending("unknown.html", ""), "joanie/documents/unknown.html"),
        ("{% block a %}", "Unclosed tag"),
        ("{% unknown %}", "unknown"),
    ],
)
def test_template_that_cannot_be_printed_is_named(
    host: Host,
    invoice: ProformaInvoice,
    source: str,
    why: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    host(INVOICE, source)
    with pytest.raises(DocumentNotRendered) as refusal:
        render_pdf(invoice)
    assert refusal.value.context["template"] == f"joanie/documents/{INVOICE}"
    assert why in refusal.value.context["refused"]
    assert f"Template joanie/documents/{INVOICE} cannot be printed" in caplog.text
    assert why in caplog.text
