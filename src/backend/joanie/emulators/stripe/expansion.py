"""Objects within objects: shown by their id, or whole when the request says ``expand``.

https://docs.stripe.com/expand
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joanie.emulators.kit.errors import ApiError

Json = dict[str, Any]
DEEPEST = 4


@dataclass(frozen=True)
class Expandable:
    """Without an id of its own it is left out unless it is asked for."""

    show: Callable[[], Json]
    id: str | None = None


def check_paths(paths: Iterable[str]) -> list[str]:
    """Raises ApiError 400 when one of them is too deep."""
    listed = list(paths)
    for path in listed:
        if len(path.split(".")) > DEEPEST:
            message = f"You cannot expand more than {DEEPEST} levels of a property."
            raise ApiError(400, "property_expansion_max_depth", message, param="expand")
    return listed


def expand(content: Mapping[str, Any], paths: Iterable[str]) -> Json:
    """Give an object as it is sent. Raises ApiError 400 for what cannot be expanded."""
    below: dict[str, list[str]] = {}
    for path in paths:
        head, _, rest = path.partition(".")
        if head not in content or isinstance(content[head], str | int | bool):
            message = f"This property cannot be expanded ({path})."
            raise ApiError(400, "invalid_request", message, param="expand")
        below.setdefault(head, []).extend([rest] if rest else [])
    shown: Json = {}
    for name, value in content.items():
        if not isinstance(value, Expandable):
            shown[name] = _expand_within(value, below.get(name, ()))
        elif name in below:
            shown[name] = expand(value.show(), below[name])
        elif value.id is not None:
            shown[name] = value.id
    return shown


def _expand_within(value: Any, paths: Iterable[str]) -> Any:
    if isinstance(value, Mapping):
        return expand(value, paths)
    if isinstance(value, list):
        return [expand(each, paths) if isinstance(each, Mapping) else each for each in value]
    return value
