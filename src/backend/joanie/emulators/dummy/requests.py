"""The bodies that merchants send, read into records."""

import re

from flask import request

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.languages import DEFAULT_LANGUAGE, LANGUAGES
from joanie.emulators.kit.acquirer.records import CardSetup, Page, Payment
from joanie.emulators.kit.errors import InvalidFieldError
from joanie.emulators.kit.fields import Fields
from joanie.emulators.kit.identifiers import new_id

LONGEST_PAGE = 100
PAGE_FIELDS = {"customer", "language", "return_url", "cancel_url", "notification_url"}
PAYMENT_FIELDS = PAGE_FIELDS | {
    "amount",
    "currency",
    "reference",
    "description",
    "billing_address",
    "save_card",
    "card",
}


def read_payment(body: object, account: Account) -> tuple[Payment, str | None]:
    """Read a payment, and the token of the saved card to charge, if any."""
    fields = Fields(body, allowed=PAYMENT_FIELDS)
    fields.mapping("billing_address")
    payment = Payment(
        id=new_id("pay"),
        page=_read_page(fields, account),
        amount=fields.integer("amount", minimum=1),
        currency=_read_currency(fields),
        reference=fields.text("reference", max_length=100),
        description=fields.text("description"),
        saves_card=fields.flag("save_card"),
    )
    return payment, fields.optional_text("card")


def read_card_setup(body: object, account: Account) -> CardSetup:
    fields = Fields(body, allowed=PAGE_FIELDS)
    return CardSetup(id=new_id("seti"), page=_read_page(fields, account))


def read_refund(body: object) -> tuple[int, str]:
    fields = Fields(body, allowed={"amount", "reference"})
    return fields.integer("amount", minimum=1), fields.text("reference", max_length=100)


def read_listing() -> tuple[int, str | None, int]:
    """Read from when, after which payment, and how many at most."""
    query = request.args
    numbers = {
        name: int(query[name]) for name in ("since", "limit") if query.get(name, "").isdecimal()
    }
    fields = Fields({**query, **numbers}, allowed={"since", "after", "limit"})
    return (
        fields.integer("since"),
        fields.optional_text("after"),
        fields.integer("limit", default=LONGEST_PAGE, minimum=1, maximum=LONGEST_PAGE),
    )


def _read_page(fields: Fields, account: Account) -> Page:
    return Page(
        account=account,
        origin=request.host_url.rstrip("/"),
        language=fields.choice("language", LANGUAGES, default=DEFAULT_LANGUAGE),
        customer=fields.optional_text("customer"),
        return_url=fields.web_url("return_url"),
        cancel_url=fields.web_url("cancel_url"),
        notification_url=fields.loopback_url("notification_url"),
    )


def _read_currency(fields: Fields) -> str:
    currency = fields.text("currency").upper()
    if not re.fullmatch("[A-Z]{3}", currency):
        raise InvalidFieldError("currency", "must be the three letters of an ISO 4217 currency")
    return currency
