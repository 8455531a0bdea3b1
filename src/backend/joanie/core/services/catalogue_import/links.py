"""Many-to-many relations of ten thousand rows, in statements that do not grow with them."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

BATCH = 1000


class Links:
    """What a many-to-many field links: read once, changed in memory, written once."""

    def __init__(self, field: Any) -> None:
        self._through: Any = field.through
        self._owner = field.field.m2m_column_name()
        self._target = field.field.m2m_reverse_name()
        # By owner: the linked row, and the row that links it.
        self._there: dict[uuid.UUID, dict[uuid.UUID, Any]] = defaultdict(dict)
        self._added: list[Any] = []
        self._removed: list[Any] = []

    def read(self, owner_ids: Iterable[uuid.UUID]) -> None:
        rows = self._through.objects.filter(**{f"{self._owner}__in": list(owner_ids)})
        for owner_id, target_id, row_id in rows.values_list(self._owner, self._target, "pk"):
            self._there[owner_id][target_id] = row_id

    def of(self, owner_id: uuid.UUID) -> set[uuid.UUID]:
        return set(self._there.get(owner_id, ()))

    def replace(self, owner_id: uuid.UUID, target_ids: Iterable[uuid.UUID]) -> bool:
        """Link exactly these; say whether that is a change. Once for each owner."""
        there, wanted = self._there.get(owner_id, {}), set(target_ids)
        removed = [there[target_id] for target_id in there if target_id not in wanted]
        added = sorted(wanted - set(there))
        self._removed += removed
        self._added += [
            self._through(**{self._owner: owner_id, self._target: target_id})
            for target_id in added
        ]
        return bool(added or removed)

    def write(self) -> None:
        self._through.objects.filter(pk__in=self._removed).delete()
        self._through.objects.bulk_create(self._added, batch_size=BATCH, ignore_conflicts=True)
