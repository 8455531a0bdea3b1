"""A state machine written once: django-fsm obeys it in code, a trigger in the database."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition


@dataclass(frozen=True)
class StateMachine:
    """Named moves of a ``state`` field: ``{"validate": ((PENDING, FAILED), VALIDATED), …}``."""

    moves: Mapping[str, tuple[Iterable[str], str]]

    def pairs(self) -> list[tuple[str, str]]:
        """Every (from, to) that some move allows, sorted."""
        return sorted(
            {
                (str(source), str(target))
                for sources, target in self.moves.values()
                for source in sources
            }
        )

    def move(
        self, name: str, conditions: Iterable[Callable[[Any], bool]] = ()
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Decorate the model's method of that name: it guards and changes the state, no more."""
        sources, target = self.moves[name]
        decorator: Callable[[Callable[..., None]], Callable[..., None]] = transition(
            field="state",
            source=[str(source) for source in sources],
            target=str(target),
            conditions=list(conditions),
        )
        return decorator

    def trigger(self) -> pgtrigger.FSM:
        """Make the database refuse what no move allows, ``QuerySet.update`` included."""
        return pgtrigger.FSM(name="state_machine", field="state", transitions=self.pairs())


def state_field(choices: type[models.TextChoices], initial: str) -> Any:
    """Make a state column that only transitions can change. Re-fetch rows, don't refresh them."""
    return FSMField(
        choices=choices.choices,
        default=str(initial),
        protected=True,
        max_length=20,
        editable=False,
    )
