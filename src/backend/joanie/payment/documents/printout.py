"""What a document says, as text in its language. Read from its row and from nothing else.

How-to "Change the look of documents" lists the names below: they are public.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from babel import Locale

from joanie.common.money import Money
from joanie.conf import joanie_settings
from joanie.payment.backends.registry import get_backend_class
from joanie.payment.documents.formats import (
    country_name,
    get_locale,
    in_money,
    in_percent,
    in_words,
    language_of_characters,
)
from joanie.payment.ledger.vat import contained_vat
from joanie.payment.models import ProformaInvoice


@dataclass(frozen=True)
class Party:
    """Who sells or who buys. ``language`` chooses the shapes of Chinese characters."""

    name: str
    address: tuple[str, ...]
    email: str
    language: str
    registration_number: str = ""
    vat_number: str = ""

    @classmethod
    def seller(cls, seller: Mapping[str, str], locale: Locale) -> Self:
        return cls(
            name=seller["name"],
            address=_address_lines(seller, locale),
            email=seller["contact_email"],
            language=language_of_characters(seller["country"]),
            registration_number=seller["registration_number"],
            vat_number=seller["vat_number"],
        )

    @classmethod
    def buyer(cls, buyer: Mapping[str, str], locale: Locale) -> Self:
        return cls(
            name=f"{buyer['first_name']} {buyer['last_name']}".strip(),
            address=_address_lines(buyer, locale),
            email=buyer["email"],
            language=language_of_characters(buyer["country"]),
        )


@dataclass(frozen=True)
class Line:
    """What was bought. ``net`` excludes VAT, ``total`` includes it, both for all the quantity."""

    title: str
    detail: str
    quantity: int
    net: str
    total: str

    @classmethod
    def of(cls, line: Mapping[str, Any], invoice: ProformaInvoice, locale: Locale) -> Self:
        total = Money(line["total"], invoice.total.currency)
        # Lines of the first documents do not say their net amount.
        net = (
            Money(line["net"], total.currency)
            if "net" in line
            else total - contained_vat(total, invoice.vat_rate)
        )
        return cls(
            title=line["title"],
            detail=line["detail"],
            quantity=line["quantity"],
            net=in_money(net, locale),
            total=in_money(total, locale),
        )


@dataclass(frozen=True)
class Reference:
    """Another document, and the day it was issued; the day is empty where it is not known."""

    number: str
    issued_on: str


@dataclass(frozen=True)
class PaymentMeans:
    """How the money came, or went back."""

    provider: str
    reference: str
    brand: str
    last_numbers: str
    paid_on: str

    @property
    def is_by_card(self) -> bool:
        return bool(self.brand and self.last_numbers)


@dataclass(frozen=True)
class Printout:
    """All that a template shows; hosts that override one can count on these names.

    ``logo`` is a ``data:`` URL. ``corrects`` is the invoice that a credit note corrects, and
    ``takes_back`` the credit note that a reversal takes back. ``is_disputed`` is about a credit
    note: the bank took the money back.
    """

    reference: str
    language: str
    issued_on: str
    iso_issued_on: str
    order_reference: str
    ordered_on: str
    logo: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    net: str
    vat_rate: str
    vat: str
    total: str
    payment: PaymentMeans | None
    corrects: Reference | None
    takes_back: Reference | None
    is_disputed: bool
    reason: str
    legal_mentions: str

    @classmethod
    def of(cls, invoice: ProformaInvoice, *, logo: str = "") -> Self:
        locale = get_locale(invoice.language)
        content = invoice.content
        return cls(
            reference=invoice.reference,
            language=invoice.language,
            issued_on=in_words(invoice.issued_on, locale),
            iso_issued_on=invoice.issued_on.isoformat(),
            order_reference=content["order"]["id"],
            ordered_on=_day(content["order"]["placed_on"], locale),
            logo=logo,
            seller=Party.seller(content["seller"], locale),
            buyer=Party.buyer(content["buyer"], locale),
            lines=tuple(Line.of(line, invoice, locale) for line in content["lines"]),
            net=in_money(invoice.net, locale),
            vat_rate=in_percent(invoice.vat_rate, locale),
            vat=in_money(invoice.vat, locale),
            total=in_money(invoice.total, locale),
            payment=_payment_means(content["payment"], locale),
            corrects=_reference(content, "corrects", locale),
            takes_back=_reference(content, "takes_back", locale),
            is_disputed=content.get("is_disputed", False),
            reason=content["reason"],
            legal_mentions=content["seller"].get("legal_mentions", "").strip(),
        )


def _address_lines(party: Mapping[str, str], locale: Locale) -> tuple[str, ...]:
    town = f"{party['postcode']} {party['city']}".strip()
    lines = (party["address"], town, country_name(party["country"], locale))
    return tuple(line for line in lines if line)


def _payment_means(payment: Mapping[str, Any] | None, locale: Locale) -> PaymentMeans | None:
    if not payment:
        return None
    return PaymentMeans(
        provider=_provider_name(payment["provider"]),
        reference=payment["reference"],
        brand=payment["brand"],
        last_numbers=payment["last_numbers"],
        paid_on=_day(payment["paid_on"], locale),
    )


def _provider_name(alias: str) -> str:
    """Call an account what learners call it, while we have it."""
    is_known = alias in joanie_settings.PAYMENT_BACKENDS
    return get_backend_class(alias).label or alias if is_known else alias


def _reference(content: Mapping[str, Any], name: str, locale: Locale) -> Reference | None:
    """Find a reference and its day, as documents that know them say it."""
    if not content.get(name):
        return None
    day = content.get(f"{name}_on")
    return Reference(number=content[name], issued_on=_day(day, locale) if day else "")


def _day(day: str, locale: Locale) -> str:
    return in_words(date.fromisoformat(day), locale)
