"""Every setting is explained and used, and no page names one that there is not."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, read_page
from tests.docs.source import find_in_source, read_source

from joanie.conf import DEFAULTS

PAGES = sorted(DOCS.rglob("*.md"))


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_setting_is_explained(name: str) -> None:
    _, _, after = read_page("reference/settings.md").partition(f"## `{name}`\n")
    explanation, _, default = after.partition("Default: ")
    assert explanation.strip().endswith((".", "]."))
    assert default.startswith(f"`{DEFAULTS[name]!r}`")


def test_every_setting_is_used() -> None:
    users = [text for path, text in read_source().items() if path.name != "conf.py"]
    words = {word for text in users for word in re.findall(r"\b[A-Z_]{5,}\b", text)}
    assert set(DEFAULTS) - words == set()


def test_no_setting_is_read_that_there_is_not() -> None:
    assert set(find_in_source(r"joanie_settings\.([A-Z_]+)\b")) <= set(DEFAULTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_names_a_setting_that_there_is_not(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"JOANIE\[[\"'](\w+)[\"']\]|/settings\.md#(\w+)", text)
    assert {(key or anchor).upper() for key, anchor in named} <= set(DEFAULTS)
