"""System checks of what a host puts in the place of ours: a bad part is found at start."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.checks import CheckMessage, Error, register
from rest_framework.permissions import BasePermission

from joanie.api.serializers.shown import ShownSerializer
from joanie.api.shown import KINDS, is_written_in_one
from joanie.common.replacements import UnusablePart, load_class, load_object
from joanie.conf import joanie_settings


@register()
def check_parts(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    return [*_check_serializers(), *_check_permissions(), *_check_user_mapper()]


def _check_serializers() -> Iterator[CheckMessage]:
    paths = joanie_settings.SERIALIZERS
    if not isinstance(paths, Mapping):
        yield Error(
            "JOANIE['SERIALIZERS'] must be a dictionary.",
            hint="Name what is shown: {“order”: “shop.serializers.OrderSerializer”}.",
            id="joanie.E064",
        )
        return
    for kind, path in paths.items():
        if kind not in KINDS:
            yield Error(
                f"JOANIE['SERIALIZERS'] has an unknown key {kind!r}.",
                hint=f"Known keys: {', '.join(sorted(KINDS))}.",
                id="joanie.E064",
            )
            continue
        try:
            theirs = load_class(path, KINDS[kind].serializer)
        except UnusablePart as error:
            yield Error(
                f"JOANIE['SERIALIZERS'][{kind!r}]: {error}.",
                hint="Name a class that extends Joanie's.",
                id="joanie.E065",
            )
            continue
        for fault in _find_faults(KINDS[kind].serializer, theirs):
            yield Error(
                f"JOANIE['SERIALIZERS'][{kind!r}]: {fault}.",
                hint="See “Replace parts” in the documentation.",
                id="joanie.E066",
            )


def _find_faults(ours: type[ShownSerializer], theirs: type[ShownSerializer]) -> Iterator[str]:
    try:
        fields = theirs().fields
    except Exception as error:  # noqa: BLE001 - whatever a host's class does when it is used
        yield f"its fields cannot be made: {error}"
        return
    if not is_written_in_one(ours):
        return
    kept = {field.source for field in ours().fields.values() if not field.read_only}
    for name, field in fields.items():
        if not field.read_only and field.source not in kept:
            yield f"{name!r} is not for learners to write: make it read-only"


def _check_permissions() -> Iterator[CheckMessage]:
    paths = joanie_settings.PERMISSION_CLASSES
    if not isinstance(paths, (list, tuple)):
        yield Error(
            "JOANIE['PERMISSION_CLASSES'] must be a list of dotted paths.",
            hint="An empty list asks nobody but Joanie.",
            id="joanie.E067",
        )
        return
    for path in paths:
        try:
            found = load_class(path, BasePermission)
        except UnusablePart as error:
            yield Error(
                f"JOANIE['PERMISSION_CLASSES']: {error}.",
                hint="Name classes that extend REST framework's BasePermission.",
                id="joanie.E067",
            )
            continue
        if found.has_object_permission is not BasePermission.has_object_permission:
            yield Error(
                f"JOANIE['PERMISSION_CLASSES']: {path!r} would be asked about some rows only.",
                hint="Decide in has_permission: has_object_permission is not asked of lists.",
                id="joanie.E067",
            )


def _check_user_mapper() -> Iterator[CheckMessage]:
    try:
        found = load_object(joanie_settings.USER_MAPPER)
    except UnusablePart as error:
        yield Error(
            f"JOANIE['USER_MAPPER']: {error}.",
            hint="Name a function that is given claims and returns a user.",
            id="joanie.E068",
        )
        return
    if not callable(found) or isinstance(found, type):
        yield Error(
            f"JOANIE['USER_MAPPER'] is {joanie_settings.USER_MAPPER!r}, which is no function.",
            hint="Name a function that is given claims and returns a user.",
            id="joanie.E068",
        )
