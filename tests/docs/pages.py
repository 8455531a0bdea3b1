"""The code that a page of the documentation shows."""

import re
from dataclasses import dataclass
from pathlib import Path

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


def read_blocks(page: str, replacements: dict[str, str] | None = None) -> list[Block]:
    """Give the fenced blocks of a page, in order, with some of their text replaced."""
    text = (DOCS / page).read_text(encoding="utf-8")
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
