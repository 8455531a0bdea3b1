"""The code that a page of the documentation shows."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.reference_pages import write_pages

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]*)")?\n(?P<code>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    language: str
    title: str
    code: str


def read_page(page: str) -> str:
    """Give the text of a page below ``docs``: written by hand, or made from the code."""
    written = DOCS / page
    return written.read_text(encoding="utf-8") if written.exists() else generate_pages()[page]


@cache
def generate_pages() -> dict[str, str]:
    return write_pages()


def first_cells(text: str) -> list[str]:
    """Give what stands as code, alone, in the first cell of each row of the tables."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def read_blocks(page: str, replacements: dict[str, str] | None = None) -> list[Block]:
    """Give the fenced blocks of a page, in order, with some of their text replaced."""
    text = read_page(page)
    for old, new in (replacements or {}).items():
        assert old in text, f"{page} does not say {old!r} any more"
        text = text.replace(old, new)
    return [
        Block(found["language"], found["title"] or "", found["code"])
        for found in BLOCK.finditer(text)
    ]


def read_commands(block: Block) -> list[list[str]]:
    """Give the commands typed in a console block, without what they print."""
    lines = block.code.splitlines()
    return [line.removeprefix("$ ").split() for line in lines if line.startswith("$ ")]
