"""The documents of one purchase in ``SAMPLED_EVERY``: downloaded over the API, and read."""

import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from joanie.demo.exceptions import UnexpectedAnswer
from joanie.demo.replay.clerk import Clerk, NotNow
from joanie.demo.replay.outcomes import expected_outcome
from joanie.demo.replay.plan import Purchase
from joanie.demo.replay.sight import Seen

# Rendering takes a whole core.
THREADS = 2
PDF = "application/pdf"


class Samples:
    """Keeps what it downloads in a directory, as REFERENCE.pdf."""

    def __init__(self, clerk: Clerk, directory: Path, *, advance: Callable[[], None]) -> None:
        self._clerk = clerk
        self._directory = directory
        self._advance = advance
        directory.mkdir(parents=True, exist_ok=True)

    def download(self, seen: Iterable[tuple[Purchase, Seen]]) -> dict[Purchase, list[str]]:
        """Download and read the documents of these purchases.

        Return what is wrong, by purchase: an empty list when all is well.
        """
        with ThreadPoolExecutor(THREADS, thread_name_prefix="samples") as pool:
            return dict(pool.map(lambda each: (each[0], self._take(*each)), seen))

    def _take(self, purchase: Purchase, seen: Seen) -> list[str]:
        try:
            references = self._clerk.references(purchase, seen.order_id)
            wrong = [
                f"the document {reference} {problem}"
                for reference in references
                if (problem := self._read(purchase, seen, reference))
            ]
        except (NotNow, UnexpectedAnswer) as error:
            return [str(error)]
        expected = expected_outcome(purchase).documents
        if len(references) != expected:
            wrong.append(f"the API lists {len(references)} documents instead of {expected}")
        self._advance()
        return wrong

    def _read(self, purchase: Purchase, seen: Seen, reference: str) -> str:
        answer = self._clerk.document(purchase, seen.order_id, reference)
        (self._directory / f"{reference}.pdf").write_bytes(answer.content)
        return find_problem(answer, reference)


def find_problem(answer: httpx.Response, reference: str) -> str:
    """Say why it is not the document of that reference; nothing when it is."""
    if answer.headers.get("Content-Type") != PDF:
        return f"is {answer.headers.get('Content-Type')}"
    if f'filename="{reference}.pdf"' not in answer.headers.get("Content-Disposition", ""):
        return "is downloaded under another name"
    try:
        pages = PdfReader(io.BytesIO(answer.content)).pages
        text = " ".join(page.extract_text() for page in pages)
    except (PyPdfError, ValueError) as error:
        return f"is no PDF: {error}"
    return "" if reference in text else "does not show its reference"
