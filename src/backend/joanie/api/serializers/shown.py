"""What a host extends to show more, less, or something else, of what the API shows.

``JOANIE["SERIALIZERS"]`` has its classes in the place of ours. Joanie writes its own fields in its
own way, those of many rows at once. On what it wrote come the fields that a host's class declares,
and those that it sets to None go: their ``instance`` is the row, as ``prefetch`` read it.
``context["view"]`` and ``context["request"]`` are there.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.fields import SkipField
from rest_framework.relations import PKOnlyObject


# Without a docstring: the description of the API would have it wherever a class has none.
class ShownSerializer(serializers.Serializer[Any]):
    # The name in the settings. The class that says it is Joanie's own.
    kind: ClassVar[str]
    # What Joanie wrote of the row that is being shown, where that was done before.
    written: Mapping[str, Any] | None = None

    @classmethod
    def prefetch(cls, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Have what added fields need read with the rows: one statement for all, not one each."""
        return rows

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if self.written is None:
            return self.write(instance)
        changed, hidden = changes_of(type(self))
        kept = {name: value for name, value in self.written.items() if name not in hidden}
        return {**kept, **dict(self._read(instance, changed))}

    def write(self, instance: Any) -> dict[str, Any]:
        """Write a row by itself."""
        written: dict[str, Any] = super().to_representation(instance)
        return written

    def _read(self, instance: Any, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        """Read some of the fields, as REST framework reads all of them."""
        for field in (self.fields[name] for name in names):
            if field.write_only:
                continue
            try:
                value: Any = field.get_attribute(instance)
            except SkipField:
                continue
            is_none = (value.pk if isinstance(value, PKOnlyObject) else value) is None
            yield str(field.field_name), None if is_none else field.to_representation(value)


@cache
def joanies_own(serializer_class: type[ShownSerializer]) -> type[ShownSerializer]:
    """Return the class that a host extends, of one that is it or extends it."""
    return next(each for each in serializer_class.__mro__ if "kind" in vars(each))


@cache
def changes_of(serializer_class: type[ShownSerializer]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Name the fields that are not Joanie's, and those of Joanie's that are gone."""
    ours, theirs = fields_of(joanies_own(serializer_class)), fields_of(serializer_class)
    changed = tuple(name for name, field in theirs.items() if ours.get(name) is not field)
    return changed, frozenset(ours) - frozenset(theirs)


def fields_of(
    serializer_class: type[ShownSerializer],
) -> Mapping[str, serializers.Field[Any, Any, Any, Any]]:
    """Give the fields that it declares, inherited ones too."""
    declared: Mapping[str, Any] = serializer_class._declared_fields  # noqa: SLF001 - REST framework has no other name for it
    return declared
