"""Writes ``reference/conformance.md`` from a run of the conformance suite: ``make conformance``.

The clauses are read from the suite, what came of them from pytest's ``--junitxml``.
"""

import inspect
import pkgutil
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

DOCS = Path(__file__).parent
PAGE = DOCS / "reference/conformance.md"
SUITE = "joanie.payment.conformance"

INTRODUCTION = """\
# Conformance

What every payment backend is asked, and what each of ours answered when this page was written,
over real HTTP with its provider played on loopback. “No such thing” is said by the provider's own
page, whose sentence is below. `make conformance` runs it all and writes this page;
[add a payment provider](../how-to/add-a-payment-provider.md#8-prove-it) tells how to run it
against a backend of yours.
"""


@dataclass(frozen=True)
class Clause:
    """``chapter`` is what its module is about; ``source`` the paragraph of the contract."""

    chapter: str
    name: str
    source: str

    @property
    def sentence(self) -> str:
        words = self.name.removeprefix("test_").replace("_", " ")
        return words[0].upper() + words[1:].replace("elses ", "else's ")


# By clause and backend: an empty text when it passed, else the sentence about what there is not.
Answers = Mapping[tuple[str, str], str]


class NotWhole(Exception):
    """A run that did not ask everything of everybody, or that found faults."""


def find_clauses() -> list[Clause]:
    """List the clauses of the suite, in the order in which they are written."""
    package = import_module(SUITE)
    modules = [
        import_module(f"{SUITE}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
        if module.name.startswith("test_")
    ]
    return [
        Clause(_first_line(module), name, _first_line(function))
        for module in modules
        for name, function in vars(module).items()
        if name.startswith("test_") and inspect.isfunction(function)
    ]


def read_answers(report: Path) -> Answers:
    """Read what each backend answered to each clause. Raises NotWhole when one of them failed."""
    answers: dict[tuple[str, str], str] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - our own file
        name = case.get("name", "").partition("[")[0]
        if case.find("failure") is not None or case.find("error") is not None:
            raise NotWhole(f"{case.get('name')} failed: the table tells of runs without faults.")
        told = {each.get("name"): each.get("value", "") for each in case.iter("property")}
        answers[name, told.get("backend", "")] = told.get("lacks", "")
    return answers


def write_page(clauses: list[Clause], answers: Answers) -> str:
    """Raises NotWhole when a backend was not asked all of it."""
    backends = sorted({backend for _, backend in answers})
    sentences: dict[tuple[str, str], int] = {}
    lines = [INTRODUCTION, f"{len(clauses)} clauses.\n"]
    for chapter in dict.fromkeys(clause.chapter for clause in clauses):
        lines += [f"## {chapter.rstrip('.')}\n", _row("clause", *backends)]
        lines += [_row(*["---"] * (len(backends) + 1))]
        for clause in (each for each in clauses if each.chapter == chapter):
            cells = [_cell(clause, backend, answers, sentences) for backend in backends]
            lines.append(_row(clause.sentence, *cells))
        lines.append("")
    lines += _footnotes(sentences)
    return "\n".join(lines) + "\n"


def _cell(
    clause: Clause, backend: str, answers: Answers, sentences: dict[tuple[str, str], int]
) -> str:
    if (clause.name, backend) not in answers:
        raise NotWhole(f"{backend} was not asked: {clause.name}")
    sentence = answers[clause.name, backend]
    if not sentence:
        return "passes"
    number = sentences.setdefault((backend, sentence), len(sentences) + 1)
    return f"no such thing[^{number}]"


def _footnotes(sentences: Mapping[tuple[str, str], int]) -> Iterator[str]:
    for (backend, sentence), number in sentences.items():
        page = f"providers/{backend.partition('/')[0]}.md"
        yield f"[^{number}]: [{backend}]({page}): “{sentence}”"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _first_line(described: object) -> str:
    return (inspect.getdoc(described) or "").partition("\n")[0]


def _set_up_django() -> None:
    sys.path.insert(0, str(DOCS.parent))
    from docs.reference_pages import _set_up_django as set_up  # the same as when pages are built

    set_up()


if __name__ == "__main__":
    _set_up_django()
    PAGE.write_text(write_page(find_clauses(), read_answers(Path(sys.argv[1]))), encoding="utf-8")
