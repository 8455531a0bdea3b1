import sys

import pytest
from weasyprint.text import ffi

from joanie.payment.documents.checks import check_pdf_libraries


class WithoutPango:
    """What Python meets where the library is missing."""

    def __getattr__(self, name: str) -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")


def test_installed_libraries_are_fine() -> None:
    assert check_pdf_libraries() == []


def test_missing_font_subsetter_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffi, "harfbuzz_subset", None)
    (message,) = check_pdf_libraries()
    assert message.id == "joanie.W101"
    assert "libharfbuzz-subset0" in str(message.hint)


def test_missing_pango_is_an_error_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "joanie.payment.documents.pdf_engine", raising=False)
    monkeypatch.setitem(sys.modules, "weasyprint", WithoutPango())
    (message,) = check_pdf_libraries()
    assert message.id == "joanie.E101"
    assert "libpango-1.0-0" in message.msg
