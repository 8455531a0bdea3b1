"""The forms that merchants send, read into records."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from flask import request

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.records import CardSetup, Page, Payment
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.kit.identifiers import new_id
from joanie.emulators.kit.loopback import is_web_url
from joanie.emulators.stripe.credentials import is_live
from joanie.emulators.stripe.expansion import check_paths
from joanie.emulators.stripe.forms import Form, nest

CUSTOMER = "customer"
HALF_AN_HOUR, A_DAY = 30 * 60, 24 * 3600
LONGEST_PAGE = 100
SESSION_FIELDS = (
    "allowed_payment_method_types",
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer",
    "customer_creation",
    "customer_email",
    "expand",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "success_url",
    "ui_mode",
)
INTENT_FIELDS = (
    "allowed_payment_method_types",
    "amount",
    "automatic_payment_methods",
    "confirm",
    "currency",
    "customer",
    "description",
    "expand",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_options",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "statement_descriptor_suffix",
)
USAGES = ("on_session", "off_session")


def read_form(*allowed: str) -> Form:
    return Form(nest(request.form.to_dict()), allowed=allowed)


def read_expand(form: Form | None = None) -> list[str]:
    """Read which objects are to be shown whole: from the form, or from the query."""
    fields = form or Form(nest(request.args.to_dict()), allowed=None)
    return check_paths(fields.texts("expand"))


def read_page_of_list(items: list[Any], *filters: str) -> tuple[list[Any], bool]:
    """Give the part of a list, newest first, that the query asks for, and whether more follows."""
    allowed = ("limit", "starting_after", "created", "expand", *filters)
    query = Form(nest(request.args.to_dict()), allowed=allowed)
    created = query.level("created", "gt", "gte", "lt", "lte")
    first, last = 0, 10**12
    if "gte" in created:
        first = created.integer("gte")
    if "lte" in created:
        last = created.integer("lte")
    limit = min(query.integer("limit", minimum=1), LONGEST_PAGE) if "limit" in query else 10
    found = [each for each in reversed(items) if first <= int(each.created) <= last]
    if "starting_after" in query:
        ids = [each.id for each in found]
        after = query.text("starting_after")
        if after not in ids:
            raise ApiError(404, "not_found", f"No such object: {after}", param="starting_after")
        found = found[ids.index(after) + 1 :]
    return found[:limit], len(found) > limit


def read_session(form: Form, account: Account, state: State) -> Payment:
    """Read a page to pay on."""
    item = form.level("line_items", "0").level("0", "quantity", "price_data")
    price = item.level("price_data", "currency", "unit_amount", "product_data")
    intent = form.level(
        "payment_intent_data", "metadata", "setup_future_usage", "description", "receipt_email"
    )
    now = int(time.time())
    expires_at = form.integer("expires_at") if "expires_at" in form else now + A_DAY
    if not now + HALF_AN_HOUR <= expires_at <= now + A_DAY:
        raise form.wrong("expires_at", "must be between 30 minutes and 24 hours from now")
    saves = "setup_future_usage" in intent and bool(intent.choice("setup_future_usage", USAGES))
    return Payment(
        id=_new_session_id(account),
        page=_read_page(form, account, _read_payer(form, account, state)),
        amount=price.integer("unit_amount", minimum=1) * item.integer("quantity", minimum=1),
        currency=_read_currency(price),
        reference=form.text("client_reference_id", ""),
        description=price.level("product_data", "name", "description", "images").text("name"),
        saves_card=saves,
        aliases=((intent_id := new_id("pi")),),
        extra={
            "intent": intent_id,
            "client_secret": secrets.token_hex(12),
            "expires_at": expires_at,
            "session_metadata": form.metadata(),
            "metadata": intent.metadata(),
            "makes_customer": CUSTOMER not in form,
        },
    )


def read_setup(form: Form, account: Account, state: State) -> CardSetup:
    """Read a page to save a card on."""
    if "allowed_payment_method_types" not in form and "currency" not in form:
        raise form.wrong("currency", "is required in setup mode")
    return CardSetup(
        id=_new_session_id(account),
        page=_read_page(form, account, _read_payer(form, account, state)),
        extra={
            "intent": new_id("seti"),
            "metadata": form.metadata(),
            "customer": form.text(CUSTOMER) if CUSTOMER in form else None,
            "created": int(time.time()),
        },
    )


def read_intent(form: Form, account: Account, state: State) -> Payment:
    if "automatic_payment_methods" in form and "allowed_payment_method_types" in form:
        raise form.wrong("allowed_payment_method_types", "excludes automatic_payment_methods")
    if form.flag("off_session") and not form.flag("confirm"):
        raise form.wrong("off_session", "is only for confirm=true")
    customer = _known_customer(form, account, state) if CUSTOMER in form else None
    page = Page(
        account=account,
        origin=request.host_url.rstrip("/"),
        customer=customer,
        return_url=form.text("return_url", ""),
        cancel_url=form.text("return_url", ""),
    )
    return Payment(
        id=new_id("pi"),
        page=page,
        amount=form.integer("amount", minimum=1),
        currency=_read_currency(form),
        reference="",
        description=form.text("description", ""),
        saves_card="setup_future_usage" in form
        and bool(form.choice("setup_future_usage", USAGES)),
        extra={"client_secret": secrets.token_hex(12), "metadata": form.metadata()},
    )


def _new_session_id(account: Account) -> str:
    """Make an id as long as Stripe's."""
    mode = "live" if is_live(account) else "test"
    return f"cs_{mode}_a1{secrets.token_hex(28)}"


def _read_payer(form: Form, account: Account, state: State) -> str:
    """Give the customer, or the one that the page is to make."""
    if CUSTOMER in form:
        return _known_customer(form, account, state)
    return new_id("cus")


def _known_customer(form: Form, account: Account, state: State) -> str:
    """Find a customer; those that pages made are known by their cards."""
    customer = form.text(CUSTOMER)
    made_by_pages = {card.customer for card in state.saved_cards(account)}
    if customer not in made_by_pages:
        known: list[Mapping[str, Any]] = state.notes.all(CUSTOMER, account)
        if customer not in {each["id"] for each in known}:
            raise ApiError(400, "not_found", f"No such customer: '{customer}'", param=CUSTOMER)
    return customer


def _read_page(form: Form, account: Account, customer: str) -> Page:
    return_url, cancel_url = form.text("success_url"), form.text("cancel_url", "")
    if not is_web_url(return_url) or (cancel_url and not is_web_url(cancel_url)):
        raise ApiError(400, "url_invalid", "Not a valid URL", param="success_url")
    return Page(
        account=account,
        origin=request.host_url.rstrip("/"),
        language=form.text("locale", "en"),
        customer=customer,
        return_url=return_url,
        cancel_url=cancel_url or return_url,
    )


def _read_currency(form: Form) -> str:
    currency = form.text("currency")
    if len(currency) != 3 or currency != currency.lower() or not currency.isalpha():
        raise form.wrong("currency", "must be three lower-case letters")
    return currency.upper()
