"""From the templates to a provider's files: all of them, or none."""

import re
import sys
from itertools import groupby
from pathlib import Path
from string import Template

from joanie.emulators.skeleton.places import BadPlace, Places
from joanie.emulators.skeleton.words import Words

BACKEND = ("__init__", "backend", "client", "mapping", "harness")
EMULATOR = ("__init__", "application", "provider", "api", "wire", "events", "cards", "credentials")
TEMPLATES = Path(__file__).parent / "templates"
IMPORT = re.compile(
    r"^(?:from|import) (?P<module>[\w.]+)(?: import (?:\([^)]*\)|[^(\n]*))?\n", re.MULTILINE
)


def write_provider(words: Words, places: Places) -> list[Path]:
    """Write a provider's first files, and return them.

    Raises BadPlace, with nothing written, when one of them is there already.
    """
    files = _list_files(words, places)
    for path in files:
        if path.exists():
            raise BadPlace(f"{path} is there already, and is not overwritten.")
    for path, template in files.items():
        text = _render(template, words, places)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def _list_files(words: Words, places: Places) -> dict[Path, str]:
    """Give the template of each file."""
    return {
        **{places.backend / f"{each}.py": f"{each}.py-tpl" for each in BACKEND},
        **{places.emulator / f"{each}.py": f"emulator/{each}.py-tpl" for each in EMULATOR},
        places.page: "page.md-tpl",
        places.tests / f"test_{words.name}_mapping.py": "test_mapping.py-tpl",
    }


def _render(template: str, words: Words, places: Places) -> str:
    text = Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(
        name=words.name,
        label=words.label,
        prefix=words.class_prefix,
        package=places.package,
        emulator=places.emulator_package,
        page=places.page.relative_to(places.root).as_posix(),
    )
    return _sort_imports(text, places) if template.endswith(".py-tpl") else text


def _sort_imports(text: str, places: Places) -> str:
    """Put imports in the order that the package's name gives; it is written between Joanie's."""

    def place(statement: re.Match[str]) -> tuple[int, bool, str]:
        module = statement["module"]
        return _group(module, places), statement[0].startswith("from"), module

    found = sorted(IMPORT.finditer(text), key=place)
    groups = groupby(found, key=lambda statement: place(statement)[0])
    ordered = "\n".join("".join(each[0] for each in group) for _, group in groups)
    start = min(each.start() for each in found)
    end = max(each.end() for each in found)
    return text[:start] + ordered + text[end:]


def _group(module: str, places: Places) -> int:
    """Say where linters want it: Python's own, what is installed, what is worked on."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names:
        return 0
    return 2 if root == places.package.partition(".")[0] else 1
