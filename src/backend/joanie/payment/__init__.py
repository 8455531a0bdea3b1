"""Payments, the ledger, documents and the backends that speak with providers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from joanie.payment.backends.base import BasePaymentBackend


def get_payment_backend(alias: str | None = None) -> "BasePaymentBackend":
    """Build the backend configured under ``alias``, or the default one.

    Raises UnknownPaymentBackend when the settings have no such alias.
    """
    # Inside the function: Django imports this package before its models can be.
    from joanie.payment.backends.registry import build_backend  # noqa: PLC0415

    return build_backend(alias)
