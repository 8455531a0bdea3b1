"""What is shown of courses and products, kept in this process while the catalogue stays as it is.

A card holds all that is the same for every reader; what is a reader's own, and what changes with
each sale, is added to it for each answer. Cards are of one version of the catalogue, which each
request reads from the database first: a change is seen by the very next request, of any process.
The card of a product is made of those of its courses, the card of a course of those of its
products.
"""

import uuid
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from threading import Lock
from typing import Any, Generic, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet
from django.utils import translation

from joanie.api.reads.chosen_runs import chosen_runs
from joanie.api.serializers.courses import TaughtCourseSerializer
from joanie.api.serializers.products import CourseSerializer, ProductSerializer
from joanie.common.transactions import one_snapshot
from joanie.core.course_run_state import find_next_change
from joanie.core.models import Course, Product, ProductTargetCourseRelation

Key = TypeVar("Key", bound=Hashable)

# Of each kind, in all languages. A card of a usual product takes some ten kilobytes.
MOST_CARDS = 1000


@dataclass(frozen=True)
class Card:
    """What is shown of a row, from ``made_at`` until a course run changes its state."""

    shown: Mapping[str, Any]
    made_at: datetime
    lasts_until: datetime | None
    # Of a product: the codes of the courses that display it.
    displayed_on: frozenset[str] = frozenset()

    def is_of(self, now: datetime) -> bool:
        return self.made_at <= now and (self.lasts_until is None or now < self.lasts_until)


class CardFile(Generic[Key]):
    """Cards of one kind, by the key of their row. Threads share it, processes don't."""

    def __init__(
        self,
        read: Callable[[Collection[Key], str | None, datetime], Iterable[tuple[Key, Card]]],
    ) -> None:
        self._read = read
        self._version: str | None = None
        self._cards: dict[tuple[str, Key], Card] = {}
        self._lock = Lock()

    def find(
        self, keys: Collection[Key], *, version: str | None, now: datetime
    ) -> dict[Key, Card]:
        """Give the cards of those rows that are there, in the active language.

        ``version`` was read by this very request. No statement when all of them are at hand.
        Never change what is in a card.
        """
        language = translation.get_language()
        kept = self._at(version)
        at_hand = ((key, kept.get((language, key))) for key in keys)
        cards = {key: card for key, card in at_hand if card is not None and card.is_of(now)}
        missing = [key for key in keys if key not in cards]
        if missing:
            made = dict(self._read(missing, version, now))
            with self._lock:
                kept.update({(language, key): card for key, card in made.items()})
                for oldest in list(kept)[: max(0, len(kept) - MOST_CARDS)]:
                    del kept[oldest]
            cards |= made
        return cards

    def _at(self, version: str | None) -> dict[tuple[str, Key], Card]:
        """Return the cards of this version, after forgetting all others. Without one, none."""
        if version is None:
            return {}
        with self._lock:
            if version != self._version:
                self._version, self._cards = version, {}
            return self._cards


def _read_taught_courses(
    ids: Collection[str], _version: str | None, now: datetime
) -> Iterator[tuple[str, Card]]:
    courses = Course.objects.prefetch_related("organizations", "course_runs")
    for course in courses.filter(pk__in=ids):
        shown = TaughtCourseSerializer(context={"now": now}).to_representation(course)
        yield str(course.pk), Card(shown, now, find_next_change(course.course_runs.all(), now))


def _read_products(
    ids: Collection[uuid.UUID], version: str | None, now: datetime
) -> Iterator[tuple[uuid.UUID, Card]]:
    products = _products().prefetch_related(
        "organizations", Prefetch("target_course_relations", _relations().all())
    )
    # In one snapshot the courses of a product are there.
    with one_snapshot():
        found = list(products.filter(pk__in=ids))
        course_ids = {id_ for product in found for id_ in _target_course_ids(product)}
        courses = taught_course_cards.find(course_ids, version=version, now=now)
    context = {"taught_courses": {id_: card.shown for id_, card in courses.items()}}
    for product in found:
        parts = [courses[id_] for id_ in _target_course_ids(product)]
        shown = ProductSerializer(product, context=context).data
        yield product.pk, Card(shown, now, _first_end(parts), frozenset(product.codes))


def _read_courses(
    codes: Collection[str], version: str | None, now: datetime
) -> Iterator[tuple[str, Card]]:
    courses = Course.objects.prefetch_related(
        "organizations", "course_runs", Prefetch("products", Product.objects.only("pk"))
    )
    with one_snapshot():
        found = list(courses.filter(code__in=codes))
        product_ids = {product.pk for course in found for product in course.products.all()}
        products = product_cards.find(product_ids, version=version, now=now)
    context = {"now": now, "products": {pk: card.shown for pk, card in products.items()}}
    for course in found:
        parts = [products[product.pk] for product in course.products.all()]
        shown = CourseSerializer(course, context=context).data
        own_end = find_next_change(course.course_runs.all(), now)
        yield course.code, Card(shown, now, _first_end(parts, own_end))


@cache
def _products() -> QuerySet[Any]:
    """Build the query once: it takes a while. ``codes`` are those of the courses that show it."""
    codes = Course.objects.filter(products=OuterRef("pk")).order_by().values("code")
    products: QuerySet[Any] = Product.objects.annotate(codes=ArraySubquery(codes))
    return products


@cache
def _relations() -> QuerySet[Any]:
    relations: QuerySet[Any] = ProductTargetCourseRelation.objects.annotate(
        run_ids=chosen_runs(ProductTargetCourseRelation)
    )
    return relations


def _target_course_ids(product: Product) -> list[str]:
    return [str(relation.course_id) for relation in product.target_course_relations.all()]


def _first_end(parts: Iterable[Card], own_end: datetime | None = None) -> datetime | None:
    ends = [own_end, *(card.lasts_until for card in parts)]
    return min((end for end in ends if end is not None), default=None)


# Of courses as parts of products and orders, with all of their runs, by their ids as texts.
taught_course_cards = CardFile(_read_taught_courses)
product_cards = CardFile(_read_products)
course_cards = CardFile(_read_courses)
