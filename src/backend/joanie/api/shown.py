"""What the API shows, as the host wants it: its serializers in the place of Joanie's.

Without any, nothing is done. With one, its rows are read once more for each answer, all of a kind
in one statement: what is added is neither kept with what Joanie keeps of the catalogue, nor shown
to another reader.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework.serializers import ModelSerializer

from joanie.api.serializers.addresses import AddressSerializer
from joanie.api.serializers.courses import (
    CourseRunSerializer,
    OrganizationSerializer,
    TargetCourseSerializer,
)
from joanie.api.serializers.credit_cards import CreditCardSerializer
from joanie.api.serializers.enrollments import EnrollmentSerializer
from joanie.api.serializers.orders import OrderSerializer
from joanie.api.serializers.payment_methods import PaymentMethodSerializer
from joanie.api.serializers.products import CourseSerializer, ProductSerializer
from joanie.api.serializers.shown import ShownSerializer, changes_of, fields_of, joanies_own
from joanie.common.replacements import load_class
from joanie.conf import joanie_settings
from joanie.core.models import Course, CourseRun, Enrollment, Order, Organization, Product

Written = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """How rows are found by what is written of them, and what is written within it."""

    serializer: type[ShownSerializer]
    model: type[Model] | None = None
    key: str = "id"
    parts: Mapping[str, str] = field(default_factory=dict)


SELLERS = {"organizations": "organization"}
KINDS = {
    kind.serializer.kind: kind
    for kind in (
        Kind(AddressSerializer),
        Kind(CourseRunSerializer, CourseRun),
        Kind(
            CourseSerializer,
            Course,
            "code",
            {**SELLERS, "products": "product", "orders": "order"},
        ),
        Kind(CreditCardSerializer),
        Kind(EnrollmentSerializer, Enrollment, parts={"course_run": "course_run"}),
        Kind(
            OrderSerializer,
            Order,
            parts={"enrollments": "enrollment", "target_courses": "target_course"},
        ),
        Kind(OrganizationSerializer, Organization),
        Kind(PaymentMethodSerializer),
        Kind(
            ProductSerializer,
            Product,
            parts={**SELLERS, "target_courses": "target_course", "orders": "order"},
        ),
        Kind(TargetCourseSerializer, Course, "code", {**SELLERS, "course_runs": "course_run"}),
    )
}


def find_serializer(shown: type[Any]) -> type[Any]:
    """Return the class in the place of one of ours: the host's, if it has one of this kind."""
    kind = getattr(shown, "kind", "")
    path = joanie_settings.SERIALIZERS.get(kind)
    if not path:
        return shown
    ours: type[ShownSerializer] = shown
    theirs = load_class(path, KINDS[kind].serializer)
    return ours if issubclass(ours, theirs) else _put_in_place(ours, theirs)


def is_written_in_one(serializer_class: type[Any]) -> bool:
    """Say whether its serializer does all of it, reading what is sent as well."""
    return issubclass(serializer_class, ModelSerializer)


def present(
    kind: str, written: Iterable[Written], context: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Give what Joanie wrote as the host shows it. What was written stays as it is.

    One statement for each kind that the host replaces, and those of its own fields.
    """
    answers = [dict(each) for each in written]
    theirs = {
        name: load_class(joanie_settings.SERIALIZERS[name], each.serializer)
        for name, each in KINDS.items()
        if name in joanie_settings.SERIALIZERS and not is_written_in_one(each.serializer)
    }
    if not theirs:
        return answers
    keys: dict[str, set[Any]] = {name: set() for name in theirs}
    for name, found in _walk(kind, answers):
        if name in keys:
            keys[name].add(found[KINDS[name].key] if KINDS[name].model else "")
    presenters = {
        name: _Presenter(KINDS[name], theirs[name](context=dict(context)), keys[name])
        for name in theirs
        if keys[name]
    }
    return [_present(kind, each, presenters) for each in answers]


class _Presenter:
    """The host's serializer of one kind, with all rows of an answer."""

    def __init__(self, kind: Kind, serializer: ShownSerializer, keys: Collection[Any]) -> None:
        self._kind = kind
        self._serializer = serializer
        self._rows: dict[str, Any] = {}
        if kind.model is not None:
            rows: QuerySet[Any] = kind.model._default_manager.filter(  # noqa: SLF001 - public by documentation
                **{f"{kind.key}__in": keys}
            )
            self._rows = {
                str(getattr(row, kind.key)): row for row in type(serializer).prefetch(rows)
            }

    def show(self, key: Any, written: Written) -> dict[str, Any]:
        """Show a row; one that went meanwhile as if it had nothing of the host's."""
        row = written if self._kind.model is None else self._rows.get(str(key))
        if row is None:
            _changed, hidden = changes_of(type(self._serializer))
            return {name: value for name, value in written.items() if name not in hidden}
        self._serializer.written = written
        return self._serializer.to_representation(row)


def _walk(kind: str, answers: Iterable[Written]) -> Iterator[tuple[str, Written]]:
    """Give all that was written, with its kind."""
    for answer in answers:
        yield kind, answer
        for name, part in KINDS[kind].parts.items():
            inside = answer.get(name)
            if inside:
                yield from _walk(part, [inside] if isinstance(inside, Mapping) else inside)


def _present(kind: str, written: Written, presenters: Mapping[str, _Presenter]) -> dict[str, Any]:
    """Present the parts, then the whole."""
    whole = dict(written)
    for name, part in KINDS[kind].parts.items():
        inside = whole.get(name)
        if isinstance(inside, Mapping):
            whole[name] = _present(part, inside, presenters)
        elif inside:
            whole[name] = [_present(part, each, presenters) for each in inside]
    if kind not in presenters:
        return whole
    return presenters[kind].show(written.get(KINDS[kind].key), whole)


@cache
def _put_in_place(
    ours: type[ShownSerializer], theirs: type[ShownSerializer]
) -> type[ShownSerializer]:
    """Make the host's class of one of ours, under our name.

    Of what extends what it extends (an order being paid, or as it is beside a product), it has the
    fields that are more and not those that are less.
    """
    own, variant = fields_of(joanies_own(ours)), fields_of(ours)
    changed, hidden = changes_of(theirs)
    fields = {name: fields_of(theirs)[name] for name in changed}
    gone = dict.fromkeys(hidden | (frozenset(own) - frozenset(variant)))
    bases = (theirs,) if ours is joanies_own(ours) else (ours, theirs)
    return type(ours.__name__, bases, {**fields, **gone, "__module__": theirs.__module__})
