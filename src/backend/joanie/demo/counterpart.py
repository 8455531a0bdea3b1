"""The provider that the demo buys through: the default one of the settings, played here.

What is particular to it is read where the conformance suite reads it: in its harness.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from joanie.conf import joanie_settings
from joanie.demo.exceptions import DemoFailed
from joanie.emulators.management.commands.joanie_emulator import EMULATORS
from joanie.payment.backends.registry import get_backend_class
from joanie.payment.conformance.candidates import NoHarness, get_harness_class
from joanie.payment.conformance.emulated import EmulatedHarness
from joanie.payment.conformance.harness import Card, Feature


@dataclass(frozen=True)
class Counterpart:
    """``alias`` is that of the settings, ``cards`` are ids of its test cards.

    ``lacks`` is what the provider does not have, each with the reason.
    """

    alias: str
    name: str
    label: str
    cards: Mapping[Card, str]
    lacks: Mapping[Feature, str]

    @property
    def default_port(self) -> int:
        return EMULATORS[self.name].default_port


def find_counterpart() -> Counterpart:
    """Raises DemoFailed when nobody plays the default provider."""
    alias = joanie_settings.DEFAULT_PAYMENT_BACKEND
    backend = get_backend_class(alias)
    try:
        harness = get_harness_class(backend)
    except NoHarness as error:
        raise DemoFailed(f"{backend.label} cannot be shown: {error}") from error
    if not issubclass(harness, EmulatedHarness) or backend.name not in EMULATORS:
        raise DemoFailed(f"{backend.label} has no emulator, so it cannot be shown.")
    return Counterpart(alias, backend.name, backend.label, harness.cards, harness.lacks)
