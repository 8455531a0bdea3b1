"""System checks of the payment settings: a bad entry is found at start, not at checkout."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.utils.module_loading import import_string

from joanie.conf import DEFAULTS, joanie_settings
from joanie.payment import deployment_checks
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.registry import is_offered
from joanie.payment.backends.types import Capability
from joanie.payment.documents import checks as document_checks
from joanie.payment.ledger import references

__all__ = [
    "check_deployment",
    "check_document_references",
    "check_payment_backends",
    "check_settings",
    "deployment_checks",
    "document_checks",
]


# What the URLs of notifications take, and the columns that keep it.
ALIAS = re.compile(r"[-a-zA-Z0-9_]{1,50}")


@register()
def check_settings(**_: Any) -> list[CheckMessage]:
    configured = getattr(settings, "JOANIE", {})
    if not joanie_settings.is_readable:
        return [Error("JOANIE must be a dictionary.", id="joanie.E001")]
    messages: list[CheckMessage] = [
        Error(
            f"JOANIE has an unknown key {key!r}.",
            hint=f"Known keys: {', '.join(sorted(DEFAULTS))}.",
            id="joanie.E002",
        )
        for key in sorted(set(configured) - set(DEFAULTS), key=str)
    ]
    try:
        is_rate = Decimal(0) <= joanie_settings.default_vat_rate <= Decimal(100)
    except InvalidOperation:
        is_rate = False
    if not is_rate:
        messages.append(
            Error(
                "JOANIE['DEFAULT_VAT_RATE'] must be a percentage.",
                hint='Write it as a text, for example "20" or "5.5".',
                id="joanie.E003",
            )
        )
    return messages


@register()
def check_payment_backends(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    entries = joanie_settings.PAYMENT_BACKENDS
    if not isinstance(entries, Mapping):
        return [Error("JOANIE['PAYMENT_BACKENDS'] must be a dictionary.", id="joanie.E010")]
    messages = [message for alias in entries for message in _check_entry(alias, entries[alias])]
    default = joanie_settings.DEFAULT_PAYMENT_BACKEND
    if default not in list(entries):
        messages.append(
            Error(
                f"JOANIE['DEFAULT_PAYMENT_BACKEND'] is {default!r}, which is not configured.",
                hint=f"Configured: {', '.join(map(str, entries)) or 'none'}.",
                id="joanie.E011",
            )
        )
    return messages


@register()
def check_document_references(**_: Any) -> list[CheckMessage]:
    if not joanie_settings.is_readable:
        return []
    configured, defaults = joanie_settings.DOCUMENT_REFERENCES, DEFAULTS["DOCUMENT_REFERENCES"]
    if not isinstance(configured, Mapping) or not set(configured) <= set(defaults):
        return [
            Error(
                "JOANIE['DOCUMENT_REFERENCES'] must be a dictionary of formats.",
                hint=f"Known keys: {', '.join(defaults)}.",
                id="joanie.E060",
            )
        ]
    faults = list(_check_formats({**defaults, **configured}))
    if not faults and len(references.shapes()) < len(defaults):
        faults.append(
            Error(
                "JOANIE['DOCUMENT_REFERENCES']: two kinds of documents would have the same "
                "references.",
                hint="Begin them with different letters, such as “PF-” and “CN-”.",
                id="joanie.E062",
            )
        )
    return faults


@register(Tags.security, deploy=True)
def check_deployment(**_: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if not joanie_settings.is_readable:
        return messages
    if not joanie_settings.PUBLIC_BASE_URL and (
        not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS
    ):
        messages.append(
            Warning(
                "Providers cannot be told where to send notifications.",
                hint="Set JOANIE['PUBLIC_BASE_URL'], or name the hosts in ALLOWED_HOSTS.",
                id="joanie.W021",
            )
        )
    return messages


def _check_formats(formats: Mapping[str, object]) -> Iterator[CheckMessage]:
    for kind, text in formats.items():
        try:
            references.read_format(text)
        except (references.InvalidFormat, TypeError) as error:
            yield Error(
                f"JOANIE['DOCUMENT_REFERENCES'][{kind!r}] is {text!r}: {error}.",
                hint="Write “F-{organization}-{year}-{number:06d}”, or leave it out.",
                id="joanie.E061",
            )


def _check_entry(alias: object, entry: object) -> Iterator[CheckMessage]:
    where = f"JOANIE['PAYMENT_BACKENDS'][{alias!r}]"
    if not isinstance(alias, str) or not ALIAS.fullmatch(alias):
        yield Error(
            f"{where}: the alias is part of URLs.",
            hint="Use ASCII letters, digits, “_” and “-”, 50 at most.",
            id="joanie.E012",
        )
    if (
        not isinstance(entry, Mapping)
        or not isinstance(entry.get("backend"), str)
        or not isinstance(entry.get("configuration") or {}, Mapping)
    ):
        yield Error(
            f"{where} must be a dictionary with the dotted path of a class as “backend”.",
            hint="If there is a “configuration”, it is a dictionary too.",
            id="joanie.E013",
        )
        return
    try:
        backend_class = import_string(entry["backend"])
    except (ImportError, TypeError, ValueError) as error:
        yield Error(f"{where}: {error}", id="joanie.E014")
        return
    if not isinstance(backend_class, type) or not issubclass(backend_class, BasePaymentBackend):
        yield Error(f"{where}: it does not extend BasePaymentBackend.", id="joanie.E015")
        return
    yield from _check_class(where, backend_class)
    for fault in backend_class.find_faults(entry.get("configuration") or {}):
        yield Error(f"{where}: {fault}", id="joanie.E019")


def _check_class(where: str, backend_class: type[BasePaymentBackend]) -> Iterator[CheckMessage]:
    if backend_class.__abstractmethods__:
        missing = ", ".join(sorted(backend_class.__abstractmethods__))
        yield Error(f"{where}: it does not implement {missing}.", id="joanie.E016")
    for capability in Capability:
        inherited = getattr(BasePaymentBackend, capability.value)
        is_implemented = getattr(backend_class, capability.value) is not inherited
        if is_implemented != backend_class.can(capability):
            yield Error(
                f"{where}: {capability.value} is "
                + (
                    "implemented, not declared."
                    if is_implemented
                    else "declared, not implemented."
                ),
                hint="List in “capabilities” exactly what the class implements.",
                id="joanie.E017",
            )
    if not is_offered(backend_class) and not settings.DEBUG:
        yield Warning(
            f"{where} takes no money, so learners are not offered it.",
            hint="Remove it, or set JOANIE['ALLOW_DUMMY'] on a site for demonstrations.",
            id="joanie.W018",
        )
