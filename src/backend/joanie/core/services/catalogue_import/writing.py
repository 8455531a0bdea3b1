"""Writing what a plan changes, in statements that grow by batches and not by rows."""

from joanie.core.services.catalogue_import.columns import MODELS, columns_of
from joanie.core.services.catalogue_import.links import BATCH
from joanie.core.services.catalogue_import.plan import REFERENCES, Advance, Change, Plan
from joanie.core.services.catalogue_import.records import Kind


def write(plan: Plan, advance: Advance) -> None:
    """Write it in the caller's transaction. ``advance`` is told how many rows are done."""
    for kind in Kind:
        changes = [change for change in plan.changes if change.entry.kind is kind]
        _create(kind, [change for change in changes if change.is_new])
        _update(kind, [change for change in changes if not change.is_new])
        advance(len(changes))
    for links in plan.links.values():
        links.write()
    plan.targets.write()


def _create(kind: Kind, changes: list[Change]) -> None:
    manager = MODELS[kind]._default_manager  # noqa: SLF001 - public
    manager.bulk_create([change.row for change in changes], batch_size=BATCH)


def _update(kind: Kind, changes: list[Change]) -> None:
    """Write the columns that differ somewhere, and no other: people work on those meanwhile."""
    written = [(change.row, _fields_of(kind, change)) for change in changes]
    fields = {field for _row, fields in written for field in fields}
    if fields:
        MODELS[kind]._default_manager.bulk_create(  # noqa: SLF001 - public
            [row for row, its_fields in written if its_fields],
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*sorted(fields), "updated_on"],
        )


def _fields_of(kind: Kind, change: Change) -> set[str]:
    """Return the fields of the row itself that differ."""
    own = {name for name in change.columns if name not in REFERENCES}
    fields = {"i18n" if columns_of(kind)[name].is_translation else name for name in own}
    return fields | {"price_currency"} if "price" in fields else fields
