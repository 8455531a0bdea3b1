"""What a mail says, as text in its language."""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from email.utils import parseaddr
from typing import Self

from babel import Locale
from django.conf import settings
from django.utils.translation import pgettext

from joanie.conf import joanie_settings
from joanie.core.enums import GRANTING_ORDER_STATES, OrderState
from joanie.core.models import Order
from joanie.payment.documents.formats import get_locale, in_money, in_words
from joanie.payment.mails.failures import Failure
from joanie.payment.models import CreditCard, Mail, ProformaInvoice

# Mail programs make links of these, or begin another line, or turn the text around: a name is no
# place for somebody's advertisement.
_NOT_IN_A_NAME = re.compile(r"[:/@]|\.\w|[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True)
class Purchase:
    """The order. ``url`` is the learner's page of it, empty when there is none.

    ``facts`` are the same things with their names, to be listed.
    """

    reference: str
    title: str
    course: str
    seller: str
    total: str
    ordered_on: str
    url: str
    facts: tuple[Fact, ...]
    is_free: bool
    gives_access: bool
    is_refunded: bool

    @classmethod
    def of(cls, order: Order, locale: Locale) -> Self:
        said = {
            "title": order.product.title_i18n,
            "course": order.course.title_i18n,
            "seller": order.organization.title_i18n,
            "total": in_money(order.total, locale),
            "ordered_on": in_words(order.created_on.date(), locale),
            "reference": str(order.pk),
        }
        page = joanie_settings.ORDER_PAGE_URL or ""
        return cls(
            **said,
            url=page.replace("{order_id}", str(order.pk)),
            facts=tuple(_facts(said, is_free=order.is_free)),
            is_free=order.is_free,
            gives_access=order.state in GRANTING_ORDER_STATES,
            is_refunded=order.state == OrderState.REFUNDED,
        )


@dataclass(frozen=True)
class Document:
    """The pro forma invoice or credit note that goes along. ``total`` is never negative."""

    reference: str
    total: str
    reason: str
    brand: str
    last_numbers: str

    @classmethod
    def of(cls, invoice: ProformaInvoice, locale: Locale) -> Self:
        payment = invoice.content["payment"] or {}
        return cls(
            reference=invoice.reference,
            total=in_money(abs(invoice.total), locale),
            reason=invoice.content["reason"],
            brand=payment.get("brand", ""),
            last_numbers=payment.get("last_numbers", ""),
        )

    @property
    def is_by_card(self) -> bool:
        return bool(self.brand and self.last_numbers)


@dataclass(frozen=True)
class Card:
    """A saved card. ``expires_on`` is the last day it can be used."""

    name: str
    expires_on: str

    @classmethod
    def of(cls, card: CreditCard, locale: Locale) -> Self:
        year, month = card.expiration_year, card.expiration_month
        last_day = date(year, month, calendar.monthrange(year, month)[1])
        return cls(name=_name_of_card(card), expires_on=in_words(last_day, locale))


@dataclass(frozen=True)
class Letter:
    """All that a template shows; hosts that override one can count on these names.

    ``sender`` is the seller, else the name in ``DEFAULT_FROM_EMAIL``; ``contact`` is where an
    answer goes. What a mail is not about is None.
    """

    language: str
    first_name: str
    sender: str
    contact: str
    order: Purchase | None
    document: Document | None
    failure: Failure | None
    card: Card | None

    @classmethod
    def of(cls, mail: Mail) -> Self:
        """Read it from the mail's rows, in the active language, which is the mail's."""
        locale = get_locale(mail.language)
        order = Purchase.of(mail.order, locale) if mail.order else None
        return cls(
            language=mail.language,
            first_name=_first_name(mail),
            sender=order.seller if order else parseaddr(settings.DEFAULT_FROM_EMAIL)[0],
            contact=mail.order.organization.contact_email if mail.order else "",
            order=order,
            document=(
                Document.of(mail.proforma_invoice, locale) if mail.proforma_invoice else None
            ),
            failure=Failure.of(mail.payment) if mail.payment else None,
            card=Card.of(mail.credit_card, locale) if mail.credit_card else None,
        )


def _facts(said: Mapping[str, str], *, is_free: bool) -> Iterator[Fact]:
    yield Fact(pgettext("mail", "What you ordered"), said["title"])
    yield Fact(pgettext("mail", "Course"), said["course"])
    yield Fact(pgettext("mail", "Sold by"), said["seller"])
    price = pgettext("mail", "Free") if is_free else said["total"]
    yield Fact(pgettext("mail", "Price"), price)
    yield Fact(pgettext("mail", "Ordered on"), said["ordered_on"])
    yield Fact(pgettext("mail", "Order reference"), said["reference"])


def _name_of_card(card: CreditCard) -> str:
    if not (card.brand and card.last_numbers):
        return pgettext("mail", "Your card")
    named = {"brand": card.brand, "last_numbers": card.last_numbers}
    return pgettext("mail", "%(brand)s ending %(last_numbers)s") % named


def _first_name(mail: Mail) -> str:
    """Return the learner's own, else that of the billing address."""
    names = [getattr(mail.owner, "first_name", "")]
    if mail.proforma_invoice:
        names.append(mail.proforma_invoice.content["buyer"]["first_name"])
    if mail.payment:
        names.append(mail.payment.billing_address.get("first_name", ""))
    name = next((name for name in names if name), "")
    return "" if len(name) > _LONGEST_NAME or _NOT_IN_A_NAME.search(name) else name
