"""The guide to changing documents lists what there is, all of it and nothing else."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from django.template.loader import get_template
from tests.payment.documents.conftest import build_invoice

import joanie.payment
from joanie.payment.documents.printout import Line, Party, PaymentMeans, Printout, Reference
from joanie.payment.documents.samples import Kind

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "change-the-look-of-documents.md"
TEMPLATES = Path(joanie.payment.__path__[0]) / "templates" / "joanie" / "documents"
NAMES = {
    "document": Printout,
    "party": Party,
    "line": Line,
    "payment": PaymentMeans,
    "corrects": Reference,
}


def listed(pattern: str) -> list[str]:
    """Give what stands in the first column of its tables."""
    return re.findall(rf"^\| `{pattern}` \|", GUIDE.read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("prefix", NAMES)
def test_every_name_is_listed(prefix: str) -> None:
    data = NAMES[prefix]
    properties = [name for name, value in vars(data).items() if isinstance(value, property)]
    names = [*(field.name for field in fields(data)), *properties]
    assert sorted(listed(rf"{prefix}\.(\w+)")) == sorted(names)


def test_every_block_is_listed() -> None:
    blocks = re.findall(r"{% block (\w+) %}", (TEMPLATES / "base.html").read_text())
    assert listed(r"(\w+)") == blocks


def test_every_template_is_listed() -> None:
    templates = [f"joanie/documents/{path.name}" for path in TEMPLATES.iterdir()]
    assert sorted(listed(r"(joanie/documents/\w+\.html)")) == sorted(templates)


def test_every_kind_that_can_be_previewed_is_listed() -> None:
    assert all(f"`{kind}`" in GUIDE.read_text() for kind in Kind)


@pytest.mark.parametrize("kind", Kind)
def test_documents_print_with_nothing_but_what_is_listed(kind: Kind) -> None:
    template = get_template(f"joanie/documents/{kind}.html")
    assert template.render({"document": Printout.of(build_invoice())})


def test_pictures_of_the_guide_are_small() -> None:
    for name in ("proforma-invoice.png", "credit-note.png"):
        assert f"../images/{name}" in GUIDE.read_text()
        assert (GUIDE.parents[1] / "images" / name).stat().st_size < 150_000
