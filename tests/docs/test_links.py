"""What pages beside the documentation link to is there; what leads out is written rightly."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown.extensions.toc import slugify
from tests.docs.commands import FENCE, ROOT, find_pages
from tests.docs.pages import generate_pages, read_page

LINK = re.compile(
    r"(?<!\\)\[[^\]]*\]\((?P<inline>[^)\s]+)[^)]*\)|^\[[^\]]+\]: (?P<below>\S+)", re.MULTILINE
)
BARE = re.compile(r"<(https?://[^>\s]+)>")
BESIDE = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / ".github").rglob("*.md"))]


def _text_of(page: Path) -> str:
    """Leave code out: brackets mean other things there."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]*`", "", text)


def _links_of(page: Path) -> list[str]:
    text = _text_of(page)
    links = [found["inline"] or found["below"] for found in LINK.finditer(text)]
    return links + BARE.findall(text)


def _anchors_of(page: Path) -> set[str]:
    docs = ROOT / "docs"
    is_beside = not page.is_relative_to(docs)
    text = page.read_text("utf-8") if is_beside else read_page(str(page.relative_to(docs)))
    text = FENCE.sub("", text)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {slugify(heading.replace("`", ""), "-") for heading in headings}


@pytest.mark.parametrize("page", BESIDE, ids=lambda page: page.name)
def test_a_page_of_the_repository_links_to_what_is_there(page: Path) -> None:
    for link in _links_of(page):
        if urlsplit(link).scheme:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists() or _is_generated(target), f"{page.name}: {link}"
        assert not anchor or anchor in _anchors_of(target), f"{page.name}: {link}"


def _is_generated(target: Path) -> bool:
    docs = ROOT / "docs"
    return target.is_relative_to(docs) and str(target.relative_to(docs)) in generate_pages()


@pytest.mark.parametrize("page", [*find_pages(), *BESIDE], ids=lambda page: page.stem)
def test_a_link_that_leads_out_is_an_https_address(page: Path) -> None:
    out = [link for link in _links_of(page) if urlsplit(link).scheme not in {"", "mailto"}]
    wrong = [link for link in out if not re.fullmatch(r"https://[\w.-]+\.[a-z]{2,}(/\S*)?", link)]
    here = re.compile(r"http://(127\.0\.0\.1|([\w-]+\.)*localhost)\b")
    assert [link for link in wrong if not here.match(link)] == []


@pytest.mark.parametrize("page", find_pages(), ids=lambda page: page.stem)
def test_a_file_that_is_named_is_there(page: Path) -> None:
    named = re.findall(
        r"`((?:docs|src|tests|benchmarks|\.ci)/[\w./*-]+)`", page.read_text("utf-8")
    )
    named = [name for name in named if "acme" not in name]  # made up, and written by a command
    folders = (ROOT, ROOT / "src/backend/joanie/payment")
    assert [name for name in named if not any([*each.glob(name)] for each in folders)] == []


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    """MkDocs counts the warnings that it prints, so it must not be quiet."""
    (recipe,) = re.findall(
        r"mkdocs (build.*?)(?:  #.*)?$", _text_of(ROOT / "Makefile"), re.MULTILINE
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("[nowhere](nowhere.md)")
    (tmp_path / "mkdocs.yml").write_text("site_name: Tiny")
    program = Path(sys.executable).with_name("mkdocs")
    done = subprocess.run(
        [program, *recipe.split()], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"nowhere.md" in done.stderr


def test_every_page_is_in_the_menu_or_an_index() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    paths = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    written = {path for path in paths if not path.startswith("adr/")} | set(generate_pages())
    assert [path for path in sorted(written) if path not in menu] == []


@pytest.mark.parametrize("folder", ["explanation", "how-to", "tutorials"])
def test_the_first_page_leads_to_every_guide(folder: str) -> None:
    first = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    pages = [page.name for page in (ROOT / "docs" / folder).glob("*.md")]
    assert [page for page in pages if f"({folder}/{page}" not in first] == []
