"""WeasyPrint behind types. Importing it loads Pango: OSError where the library is missing."""

import mimetypes
from importlib.resources import files
from threading import Lock
from typing import Any

from weasyprint import HTML
from weasyprint.text import ffi
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from joanie.common import metrics
from joanie.payment.documents.exceptions import DocumentNotRendered

_SCHEME = "packaged:"
# Pictures that are finer than paper shows only make files larger.
_DOTS_PER_INCH = 300

# One at a time: a font configuration is not made to be used by two threads.
_engine = Lock()
_fonts = FontConfiguration()


class PackagedFiles(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
    """Gives ``packaged:NAME``, a file of ``assets/``, and refuses everything else.

    A template that a host overrides can therefore reach neither the network nor the disk. It may
    hold pictures as ``data:`` URLs, which bring their own content. A refusal stops the rendering.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        if not url.startswith(_SCHEME):
            return super().fetch(url, headers)
        return _packaged_file(url)


def _packaged_file(url: str) -> URLFetcherResponse:
    name = url.removeprefix(_SCHEME)
    for asset in (files(__package__) / "assets").iterdir():
        if asset.name == name:
            content_type, _ = mimetypes.guess_type(name)
            return URLFetcherResponse(url, asset.read_bytes(), {"Content-Type": content_type})
    raise ValueError(f"No packaged file is called {name}")


def html_to_pdf(html: str) -> bytes:
    """Lay the page out and write it as PDF/A-3b, tagged for screen readers, fonts embedded.

    Raises DocumentNotRendered when the page asks for something that is not packaged.
    """
    try:
        with _engine, metrics.document_rendering.time():
            page = HTML(string=html, base_url=_SCHEME, url_fetcher=PackagedFiles())
            pdf: bytes = page.write_pdf(
                font_config=_fonts, pdf_variant="pdf/a-3b", pdf_tags=True, dpi=_DOTS_PER_INCH
            )
    except FatalURLFetchingError as error:
        refused = f"{error}. A template can have packaged files and data: URLs, nothing else"
        raise DocumentNotRendered(refused=refused) from error
    return pdf


def can_subset_with_harfbuzz() -> bool:
    return ffi.harfbuzz_subset is not None
