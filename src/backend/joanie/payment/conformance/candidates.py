"""Which backends are tested, in which currencies, and who plays their providers."""

import pkgutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module

from django.utils.module_loading import import_string

from joanie.common.money import MINOR_UNITS
from joanie.conf import joanie_settings
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.conformance.harness import Harness

# One with each number of decimals; where a backend takes it, this one, else any like it.
USUAL_CURRENCIES = ("EUR", "JPY", "KWD")

NONE = "There is no backend to test: PAYMENT_BACKENDS is empty, and --conformance-of is not given."


class NoHarness(Exception):
    """Nobody plays the provider, so nothing can be said of the backend."""


@dataclass(frozen=True)
class Candidate:
    """A backend and one of the currencies that it takes; ``fault`` is why there is none.

    ``name`` is its provider's, followed by a stroke and its own where there are several.
    """

    name: str
    backend: type[BasePaymentBackend] | None = None
    currency: str = ""
    fault: str = ""

    def __str__(self) -> str:
        return "-".join(part for part in (self.name, self.currency) if part)

    def in_currencies(self) -> list["Candidate"]:
        """Give the candidate in one currency of each number of decimals."""
        if self.backend is None:
            return [self]
        found = [self._like(currency) for currency in USUAL_CURRENCIES]
        tried = [replace(self, currency=currency) for currency in found if currency]
        return tried or [Candidate(self.name, fault=f"{self.name} takes no currency.")]

    def _like(self, usual: str) -> str:
        assert self.backend is not None
        alike = (code for code in MINOR_UNITS if MINOR_UNITS[code] == MINOR_UNITS[usual])
        return next((code for code in (usual, *alike) if self.backend.takes(code)), "")


def find_candidates(paths: Iterable[str]) -> list[Candidate]:
    """Find backends by their dotted paths: classes, or packages of folders followed by “.*”.

    Without any, those of the settings. What cannot be imported is a candidate with a fault, and so
    is nothing at all: nothing is passed over.
    """
    listed = list(paths) or [
        str(entry["backend"]) for entry in joanie_settings.PAYMENT_BACKENDS.values()
    ]
    found: dict[str, Candidate] = {}
    for path in listed:
        for each in _find_folders(path) if path.endswith(".*") else [_find_class(path)]:
            found.setdefault(str(each.backend or each.name), each)
    return list(found.values()) or [Candidate("none", fault=NONE)]


def get_harness_class(backend: type[BasePaymentBackend]) -> type[Harness]:
    """Return the class ``Harness`` of the module ``harness`` beside the backend's.

    Raises NoHarness.
    """
    home = backend.__module__
    package = home if hasattr(sys.modules[home], "__path__") else home.rpartition(".")[0]
    where = f"{package}.harness" if package else "harness"
    try:
        harness: object = getattr(import_module(where), "Harness", None)
    except ModuleNotFoundError as error:
        if error.name != where:
            raise
        harness = None
    if not (isinstance(harness, type) and issubclass(harness, Harness)):
        raise NoHarness(f"{where} has no class “Harness” that extends {Harness.__module__}.")
    return harness


def _find_class(path: str) -> Candidate:
    try:
        backend = import_string(path)
    except Exception as error:  # noqa: BLE001 - told by each of its tests
        return Candidate(path, fault=f"{path}: {error!r}")
    return Candidate(backend.name or backend.__name__, backend)


def _find_folders(path: str) -> Iterator[Candidate]:
    """Find the backend of each folder, and of folders in it: another flow of the same provider."""
    package = path.removesuffix(".*")
    for name in _folders(package):
        yield _find_in_folder(f"{package}.{name}", name)
        for inner in _folders(f"{package}.{name}"):
            found = _find_in_folder(f"{package}.{name}.{inner}", f"{name}/{inner}")
            if found.backend is not None:
                yield found


def _folders(package: str) -> list[str]:
    try:
        places = import_module(package).__path__
    except Exception:  # noqa: BLE001 - told by the tests of the package
        return []
    return [folder.name for folder in pkgutil.iter_modules(places) if folder.ispkg]


def _find_in_folder(where: str, name: str) -> Candidate:
    try:
        module = import_module(where)
    except Exception as error:  # noqa: BLE001 - told by each of its tests
        return Candidate(name, fault=f"{where}: {error!r}")
    for each in vars(module).values():
        if (
            isinstance(each, type)
            and issubclass(each, BasePaymentBackend)
            and each.__module__.startswith(f"{where}.")
        ):
            return Candidate(name, each)
    return Candidate(name, fault=f"{where} has no backend in its __init__.py.")
