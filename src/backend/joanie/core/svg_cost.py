"""How much an SVG picture draws when everything it refers to is drawn again and again."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

# In attributes and in style sheets alike.
_REFERENCE = re.compile(r"""url\(\s*['"]?#([^'"()\s]*)['"]?\s*\)""", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")
_OF_NO_NAME = re.compile(r"[*:\[]")
_WHATEVER = "*"
# No id that anything can refer to.
_WHOLE_PICTURE = " "
_LONGEST_WAY = 100
# To find which rules are about which elements takes each with each.
_MOST_PAIRS = 300_000


class TooMuchToDraw(ValueError):
    """The picture refers to itself, or to so much that drawing it would not end."""


class Drawing:
    """Counts elements as they are read. What it cannot tell it takes for the worse."""

    def __init__(self) -> None:
        self._elements: list[tuple[set[str], list[str], list[str]]] = []

    def add(self, name: str, attributes: Mapping[str, str], around: list[str]) -> None:
        """Note an element; ``around`` are the ids of those that hold it."""
        own = [attributes["id"]] if attributes.get("id") else []
        words = {name, *attributes.get("class", "").split(), *own}
        holders = {_WHOLE_PICTURE, *around, *own}
        self._elements.append((words, [*holders], [*_references_of(attributes)]))

    def check(self, style_sheets: str, limit: int) -> None:
        """Raise TooMuchToDraw when the whole picture draws more than ``limit`` elements."""
        rules = [*_rules_of(style_sheets)]
        if sum(len(found) for _, found in rules) * len(self._elements) > _MOST_PAIRS:
            raise TooMuchToDraw
        counts: Counter[str] = Counter()
        used: dict[str, Counter[str]] = {}
        for words, holders, references in self._elements:
            styled = [
                each
                for named, found in rules
                if _WHATEVER in named or not words.isdisjoint(named)
                for each in found
            ]
            for holder in holders:
                counts[holder] += 1
                used.setdefault(holder, Counter()).update([*references, *styled])
        _Costs(counts, used, limit).check()


class _Costs:
    def __init__(
        self, counts: Mapping[str, int], used: Mapping[str, Mapping[str, int]], limit: int
    ) -> None:
        self._counts, self._used, self._limit = counts, used, limit
        self._known: dict[str, int] = {}

    def check(self) -> None:
        for identifier in self._counts:
            self._cost_of(identifier, ())

    def _cost_of(self, identifier: str, on_the_way: tuple[str, ...]) -> int:
        if identifier in self._known or identifier not in self._counts:
            return self._known.get(identifier, 0)
        if identifier in on_the_way or len(on_the_way) > _LONGEST_WAY:
            raise TooMuchToDraw
        cost = self._counts[identifier]
        for each, times in self._used[identifier].items():
            cost += times * self._cost_of(each, (*on_the_way, identifier))
        if cost > self._limit:
            raise TooMuchToDraw
        self._known[identifier] = cost
        return cost


def _references_of(attributes: Mapping[str, str]) -> Iterator[str]:
    for name, value in attributes.items():
        yield from _REFERENCE.findall(value)
        if name.endswith("href"):
            yield value.strip().removeprefix("#")


def _rules_of(style_sheets: str) -> Iterator[tuple[set[str], list[str]]]:
    """Give the names in a rule's selector, and what it refers to; nothing of rules that do not."""
    for rule in style_sheets.split("}"):
        selector, _brace, declarations = rule.rpartition("{")
        references = _REFERENCE.findall(declarations)
        if references:
            names = {*_WORD.findall(selector)}
            yield (names | {_WHATEVER} if _OF_NO_NAME.search(selector) else names), references
