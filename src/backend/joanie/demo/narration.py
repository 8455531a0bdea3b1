"""What the demo says on the terminal."""

import os
import unicodedata
from collections.abc import Sequence
from typing import Protocol

import httpx

BOLD, DIM, RED, GREEN, CYAN, PLAIN = "1", "2", "31", "32", "36", "0"
METHOD_WIDTH, ADDRESS_WIDTH = 4, 67


class Stream(Protocol):
    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...
    def isatty(self) -> bool: ...


class Narrator:
    """Writes steps, the HTTP calls made in them and what came of it; in colour on a terminal."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._is_coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._steps = 0

    def title(self, text: str) -> None:
        self._write(f"\n{self._paint(text, BOLD)}\n{'═' * width(text)}")

    def step(self, text: str) -> None:
        self._steps += 1
        self._write(f"\n{self._paint(f'{self._steps:>2}. {text}', BOLD, CYAN)}")

    def say(self, text: str) -> None:
        self._write(f"    {text}")

    def result(self, text: str) -> None:
        self._write(f"    {self._paint('✓', GREEN)} {text}")

    def failure(self, text: str) -> None:
        self._write(f"\n{self._paint('✗', RED)} {self._paint(text, BOLD)}")

    def call(self, response: httpx.Response) -> None:
        """Show a call of the API that was answered."""
        self._exchange(response, response.request.url.raw_path.decode())

    def page(self, response: httpx.Response) -> None:
        """Show a page that was opened, or a form that was sent; not the secrets in its query."""
        url = response.request.url
        self._exchange(response, f"{url.copy_with(query=None)}{'?…' if url.query else ''}")

    def _exchange(self, response: httpx.Response, address: str) -> None:
        method = self._paint(response.request.method.ljust(METHOD_WIDTH), BOLD)
        status = self._paint(str(response.status_code), RED if response.is_error else GREEN)
        took = f"{response.elapsed.total_seconds() * 1000:.0f} ms"
        address = address.ljust(ADDRESS_WIDTH)
        self._write(f"      {method} {address} {status} {self._paint(took.rjust(7), DIM)}")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        widths = [max(map(width, column)) for column in zip(header, *rows, strict=True)]
        self._write("    " + self._paint(_line(header, widths), BOLD))
        self._write("    " + "  ".join("─" * each for each in widths))
        for row in rows:
            self._write("    " + _line(row, widths))

    def _paint(self, text: str, *codes: str) -> str:
        if not self._is_coloured:
            return text
        return f"\033[{';'.join(codes)}m{text}\033[{PLAIN}m"

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()


def width(text: str) -> int:
    """Count columns of a terminal: a Chinese or Japanese character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (size - width(cell)) for cell, size in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
