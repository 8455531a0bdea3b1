"""What a document says, as text in its language. Read from its row and from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from babel import Locale

from joanie.common.money import Money
from joanie.payment.documents.formats import (
    country_name,
    get_locale,
    in_money,
    in_percent,
    in_words,
    language_of_characters,
)
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
    title: str
    detail: str
    quantity: int
    total: str


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
    """All that a template shows; hosts that override one can count on these names."""

    reference: str
    language: str
    issued_on: str
    iso_issued_on: str
    order_reference: str
    ordered_on: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    net: str
    vat_rate: str
    vat: str
    total: str
    payment: PaymentMeans | None
    corrects: str
    reason: str

    @classmethod
    def of(cls, invoice: ProformaInvoice) -> Self:
        locale = get_locale(invoice.language)
        content = invoice.content
        return cls(
            reference=invoice.reference,
            language=invoice.language,
            issued_on=in_words(invoice.issued_on, locale),
            iso_issued_on=invoice.issued_on.isoformat(),
            order_reference=content["order"]["id"],
            ordered_on=_day(content["order"]["placed_on"], locale),
            seller=Party.seller(content["seller"], locale),
            buyer=Party.buyer(content["buyer"], locale),
            lines=tuple(
                Line(
                    title=line["title"],
                    detail=line["detail"],
                    quantity=line["quantity"],
                    total=in_money(Money(line["total"], invoice.total.currency), locale),
                )
                for line in content["lines"]
            ),
            net=in_money(invoice.net, locale),
            vat_rate=in_percent(invoice.vat_rate, locale),
            vat=in_money(invoice.vat, locale),
            total=in_money(invoice.total, locale),
            payment=_payment_means(content["payment"], locale),
            corrects=content["corrects"] or "",
            reason=content["reason"],
        )


def _address_lines(party: Mapping[str, str], locale: Locale) -> tuple[str, ...]:
    town = f"{party['postcode']} {party['city']}".strip()
    lines = (party["address"], town, country_name(party["country"], locale))
    return tuple(line for line in lines if line)


def _payment_means(payment: Mapping[str, Any] | None, locale: Locale) -> PaymentMeans | None:
    if not payment:
        return None
    return PaymentMeans(
        provider=payment["provider"],
        reference=payment["reference"],
        brand=payment["brand"],
        last_numbers=payment["last_numbers"],
        paid_on=_day(payment["paid_on"], locale),
    )


def _day(day: str, locale: Locale) -> str:
    return in_words(date.fromisoformat(day), locale)
