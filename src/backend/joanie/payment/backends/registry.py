"""From an alias in the settings to a backend instance."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from joanie.conf import joanie_settings
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.types import Attempt
from joanie.payment.exceptions import UnknownPaymentBackend


def get_entry(alias: str) -> Mapping[str, Any]:
    """Return the settings of an account. Raises UnknownPaymentBackend."""
    entry = joanie_settings.PAYMENT_BACKENDS.get(alias)
    if not isinstance(entry, Mapping):
        raise UnknownPaymentBackend(alias=alias)
    return entry


def get_configuration(alias: str) -> Mapping[str, Any]:
    """Return what a backend is built with. Raises UnknownPaymentBackend."""
    configuration: Mapping[str, Any] = get_entry(alias).get("configuration") or {}
    return configuration


def get_backend_class(alias: str) -> type[BasePaymentBackend]:
    backend_class: type[BasePaymentBackend] = import_string(get_entry(alias)["backend"])
    return backend_class


def build_backend(alias: str | None = None, attempt: Attempt | None = None) -> BasePaymentBackend:
    """Build an instance for one call. Raises UnknownPaymentBackend."""
    alias = alias or joanie_settings.DEFAULT_PAYMENT_BACKEND
    backend = get_backend_class(alias)(get_configuration(alias))
    backend.alias = alias
    backend.attempt = attempt
    return backend


def is_offered(backend_class: type[BasePaymentBackend]) -> bool:
    """Say whether learners may pay with it here: the dummy takes no money."""
    return (
        not backend_class.is_for_development or settings.DEBUG or bool(joanie_settings.ALLOW_DUMMY)
    )


def get_offered_backends() -> dict[str, type[BasePaymentBackend]]:
    """Return the backends a checkout can offer, by alias, in the order of the settings."""
    classes = {alias: get_backend_class(alias) for alias in joanie_settings.PAYMENT_BACKENDS}
    return {alias: cls for alias, cls in classes.items() if is_offered(cls)}
