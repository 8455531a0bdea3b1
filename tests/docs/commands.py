"""The commands and the code that the documentation shows, wherever they stand."""

import itertools
import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
SHELLS = {"bash", "console", "sh"}
COMMENT = re.compile(r"(^|\s+)# .*$")
ASSIGNMENT = re.compile(r"\w+=")
OPERATORS = {"<", ">", ">>", "|", "&", "&&", "||", ";"}


@dataclass(frozen=True)
class Shown:
    """A fenced block. ``language`` is empty where nothing is said, ``title`` mostly."""

    page: str
    language: str
    title: str
    code: str


@dataclass(frozen=True)
class Command:
    page: str
    line: str

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"

    @property
    def words(self) -> list[str]:
        """Give the program and its arguments, without what is set before or follows them."""
        words = itertools.dropwhile(ASSIGNMENT.match, shlex.split(self.line))
        return list(itertools.takewhile(lambda word: word not in OPERATORS, words))

    @property
    def management(self) -> list[str]:
        """Give the words after ``manage.py``; none when it is another program."""
        words = self.words
        place = next((at for at, word in enumerate(words) if word.endswith("manage.py")), None)
        return [] if place is None else words[place + 1 :]


def find_pages() -> list[Path]:
    """List what people read: below ``docs``, and beside it."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def find_blocks() -> list[Shown]:
    return [block for page in find_pages() for block in _blocks_of(page)]


def _blocks_of(page: Path) -> Iterator[Shown]:
    for found in FENCE.finditer(page.read_text(encoding="utf-8")):
        language, _, rest = found["info"].strip().partition(" ")
        title = re.search(r'title="([^"]*)"', rest)
        yield Shown(
            page=str(page.relative_to(ROOT)),
            language=language,
            title=title[1] if title else "",
            code=textwrap.dedent(found["code"]),
        )


def find_commands() -> list[Command]:
    """List each command once, in the order of the pages; what they print is left out."""
    blocks = (block for block in find_blocks() if block.language in SHELLS)
    return list(dict.fromkeys(Command(b.page, line) for b in blocks for line in _lines_of(b.code)))


def _lines_of(code: str) -> Iterator[str]:
    """Give the commands: with a prompt where the block has any, else every line."""
    lines = re.sub(r"\\\n\s*(> )?", " ", code).splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    yield from (line for each in lines if (line := COMMENT.sub("", each).strip()))


def find_spoken_commands(begin: str) -> list[Command]:
    """List those that stand in a sentence or a table and begin so, a regular expression."""
    spoken = re.compile(rf"(?<!`)`((?:{begin})(?: [^`\n]+)?)`(?!`)")
    return list(
        dict.fromkeys(
            Command(str(page.relative_to(ROOT)), found[1])
            for page in find_pages()
            if page.name != "CHANGELOG.md"  # what it tells of may be gone
            for found in spoken.finditer(FENCE.sub("", page.read_text(encoding="utf-8")))
        )
    )


def targets_of_ci() -> set[str]:
    """Name the targets that ``.ci/run`` makes, and those that they need."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    needs = dict(re.findall(r"^([a-z][a-z-]*):([^\n#=]*)", makefile, re.MULTILINE))
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    waiting, made = re.findall(r"\bmake (?:-\S+ )*([a-z-]+)", script), set[str]()
    while waiting:
        made.add(target := waiting.pop())
        waiting += [each for each in needs.get(target, "").split() if each in needs]
    return made
