"""Which notifications go wrong when a share of them is to: the same ones, life after life."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from joanie.emulators.kit.errors import InvalidFieldError
from joanie.emulators.kit.fields import Fields


class Fate(StrEnum):
    """What becomes of one notification."""

    PLAIN = "plain"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    DROPPED = "dropped"


class Keep(Protocol):
    """Writes down the fate of the notification of that name."""

    def __call__(self, name: str, fate: Fate, *, has_happened: bool) -> None: ...


def keep_nothing(name: str, fate: Fate, *, has_happened: bool) -> None:
    """Remember as long as the process lives."""


@dataclass(frozen=True)
class Shares:
    """How many of all notifications meet each fate, from 0 to 1; nobody meets two."""

    duplicate: float = 0.0
    reorder: float = 0.0
    drop: float = 0.0
    seed: int = 0

    @classmethod
    def read(cls, fields: Fields) -> "Shares":
        names = ("duplicate", "reorder", "drop")
        shares = cls(
            **{name: fields.share(name) for name in names}, seed=fields.integer("seed", default=0)
        )
        if shares.duplicate + shares.reorder + shares.drop > 1:
            raise InvalidFieldError("notifications.shares", "must not be more than 1 together")
        return shares

    @property
    def are_any(self) -> bool:
        return bool(self.duplicate or self.reorder or self.drop)

    def fate_of(self, number: int) -> Fate:
        """Say what becomes of the n-th notification: with one seed, always the same."""
        point = random.Random(f"{self.seed} {number}").random()  # noqa: S311 - nothing is secret # nosec B311
        for fate, share in (
            (Fate.DUPLICATED, self.duplicate),
            (Fate.REORDERED, self.reorder),
            (Fate.DROPPED, self.drop),
        ):
            if point < share:
                return fate
            point -= share
        return Fate.PLAIN


class Fates:
    """The fate that each notification has met, by its name: once met, it stays.

    ``known`` are those of earlier lives, from which the numbers go on; ``keep`` writes them down.
    """

    def __init__(self, known: Mapping[str, Fate] | None = None, keep: Keep = keep_nothing) -> None:
        self._lock = threading.Lock()
        self._known = dict(known or {})
        self._keep = keep

    def meet(self, name: str, shares: Shares) -> Fate:
        with self._lock:
            if name in self._known:
                return self._known[name]
            if not shares.are_any:
                return Fate.PLAIN
            fate = self._known[name] = shares.fate_of(len(self._known))
            self._keep(name, fate, has_happened=fate is Fate.DROPPED)
            return fate

    def note_happened(self, name: str, fate: Fate) -> None:
        if fate is not Fate.PLAIN:
            self._keep(name, fate, has_happened=True)

    def forget(self) -> None:
        with self._lock:
            self._known.clear()
