from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from joanie.emulators.kit.background import Background
from joanie.emulators.kit.controls import Controls
from joanie.emulators.kit.deliveries import Deliveries
from joanie.emulators.kit.stored_answers import StoredAnswers

EXTENSION = "emulator"


@dataclass(frozen=True)
class Emulator:
    """The parts that every emulator has.

    ``authorize`` raises ApiError unless the request comes from one of the accounts;
    ``forget_state`` empties what the provider remembers; ``close_state`` is called last.
    """

    controls: Controls
    deliveries: Deliveries
    background: Background
    authorize: Callable[[], object]
    forget_state: Callable[[], None]
    close_state: Callable[[], None] = lambda: None
    answers: StoredAnswers = field(default_factory=StoredAnswers)

    def forget(self) -> None:
        self.background.interrupt()
        self.deliveries.forget()
        self.answers.forget()
        self.forget_state()

    def close(self) -> None:
        self.background.close(patience=1)
        self.deliveries.close()
        self.close_state()


def current_emulator() -> Emulator:
    return cast("Emulator", current_app.extensions[EXTENSION])
