"""A downloaded document, kept and described."""

import hashlib
import io
from importlib.util import find_spec
from pathlib import Path

from joanie.demo.exceptions import DemoFailed


def save_document(pdf: bytes, path: Path) -> str:
    """Write it, and say what it is. Raises DemoFailed when it is not a PDF."""
    if not pdf.startswith(b"%PDF-"):
        raise DemoFailed(f"What was downloaded for {path.name} is not a PDF.")
    path.write_bytes(pdf)
    digest = hashlib.sha256(pdf).hexdigest()
    return f"{_count_pages(pdf)}{len(pdf):,} bytes, SHA-256 {digest}"


def _count_pages(pdf: bytes) -> str:
    """Say nothing where pypdf is not installed: only development depends on it."""
    if find_spec("pypdf") is None:
        return ""
    from pypdf import PdfReader  # noqa: PLC0415

    pages = len(PdfReader(io.BytesIO(pdf)).pages)
    return "1 page, " if pages == 1 else f"{pages} pages, "
