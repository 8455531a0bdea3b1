"""A sale: a card charged at once, by a nonce or by a token."""

import time
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from flask import request

from joanie.emulators.braintree.cards import (
    DISPUTED,
    DUPLICATE,
    NOT_AUTHENTICATED,
    TEST_CARDS,
    is_approved_in_part,
    is_authenticated,
)
from joanie.emulators.braintree.credentials import currency_of, merchant_account_id
from joanie.emulators.braintree.errors import Invalid
from joanie.emulators.braintree.nonces import Nonce, use_nonce
from joanie.emulators.braintree.wire import AUTHORIZED, SETTLED, SUBMITTED
from joanie.emulators.kit.acquirer import disputes, payments
from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.cards import Card, Outcome, declined
from joanie.emulators.kit.acquirer.records import Page, Payment
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.acquirer.status import PaymentStatus
from joanie.emulators.kit.amounts import decimals
from joanie.emulators.kit.background import Pause
from joanie.emulators.kit.errors import ApiError

CUSTOMER = "customer"
LONGEST = 255
DUPLICATE_SECONDS = 30


def sell(state: State, wire: Mapping[str, Any], account: Account) -> Payment:
    """Charge a card, or decline it. Raises Invalid, and then nothing was done."""
    with state.lock:
        payment = _describe(state, wire, account)
        token = wire.get("payment_method_token")
        if token:
            card = _saved_card(state, str(token), payment)
            outcome = state.provider.outcome_in_one_click(payment, card.test_card)
        else:
            nonce = _read_nonce(state, wire, account)
            card = _card_of(state, nonce, payment)
            extra = {**payment.extra, "three_d_secure": nonce.three_d_secure}
            payment = replace(payment, extra=extra)
            outcome = state.provider.outcome_on_page(payment, card.test_card)
        if _must_be_authenticated(wire) and not is_authenticated(payment.extra["three_d_secure"]):
            outcome = declined(NOT_AUTHENTICATED)
        elif not wire.get("api_request_key") and _is_repeated(state, payment, card):
            outcome = declined(DUPLICATE)
        return _charge(state, payment, card, outcome)


def read_amount(text: object, currency: str) -> int:
    """Read major units as the currency has them. Raises Invalid."""
    try:
        minor = Decimal(str(text)).scaleb(decimals(currency))
    except InvalidOperation as error:
        raise Invalid("81503", "amount", "Amount is an invalid format.") from error
    if minor <= 0:
        raise Invalid("81501", "amount", "Amount must be greater than zero.")
    written = str(text).partition(".")[2]
    if minor != int(minor) or "E" in str(text) or len(written) > decimals(currency):
        raise Invalid("81503", "amount", "Amount is an invalid format.")
    return int(minor)


def read_reference(wire: Mapping[str, Any], name: str = "order_id") -> str:
    reference = str(wire.get(name) or "")
    if len(reference) > LONGEST:
        raise Invalid("91501", name, "Order ID is too long.")
    return reference


def _describe(state: State, wire: Mapping[str, Any], account: Account) -> Payment:
    if wire.get("type") != "sale":
        raise Invalid("91523", "type", "Transaction type is invalid.")
    merchant_account = wire.get("merchant_account_id") or merchant_account_id("USD")
    currency = currency_of(str(merchant_account))
    if currency is None:
        raise Invalid("91513", "merchant_account_id", "Merchant account ID is invalid.")
    options = wire.get("options") or {}
    is_submitted = options.get("submit_for_settlement") in {True, "true"}
    return Payment(
        id=state.provider.new_id("payment"),
        page=Page(
            account=account,
            origin=request.host_url.rstrip("/"),
            customer=_read_customer(state, wire, account),
        ),
        amount=read_amount(wire.get("amount"), currency),
        currency=currency,
        reference=read_reference(wire),
        description="",
        saves_card=bool(options.get("store_in_vault_on_success")),
        extra={
            "settlement": SUBMITTED if is_submitted else AUTHORIZED,
            "three_d_secure": None,
        },
    )


def _read_customer(state: State, wire: Mapping[str, Any], account: Account) -> str | None:
    customer = wire.get("customer_id")
    if not customer:
        return None
    try:
        state.notes.find(CUSTOMER, str(customer), account)
    except ApiError as error:
        raise Invalid("91510", "customer_id", "Customer ID is invalid.") from error
    return str(customer)


def _must_be_authenticated(wire: Mapping[str, Any]) -> bool:
    options = wire.get("options") or {}
    return bool((options.get("three_d_secure") or {}).get("required"))


def _read_nonce(state: State, wire: Mapping[str, Any], account: Account) -> Nonce:
    nonce_id = wire.get("payment_method_nonce")
    if not nonce_id:
        raise Invalid("91508", "base", "Cannot determine payment method.")
    return use_nonce(state, str(nonce_id), account)


def _card_of(state: State, nonce: Nonce, payment: Payment) -> Card:
    if nonce.token:
        return _saved_card(state, nonce.token, payment)
    return Card(TEST_CARDS[nonce.card], payment.page.customer)


def _saved_card(state: State, token: str, payment: Payment) -> Card:
    card = state.saved_card(token, payment.page.account)
    if card is None:
        raise Invalid("91518", "payment_method_token", "Payment method token is invalid.")
    if payment.page.customer and card.customer != payment.page.customer:
        raise Invalid("91516", "payment_method_token", "It belongs to another customer.")
    return card


def _is_repeated(state: State, payment: Payment, card: Card) -> bool:
    since = time.time() - DUPLICATE_SECONDS
    return any(
        (each.amount, each.currency, each.reference)
        == (payment.amount, payment.currency, payment.reference)
        and each.created > since
        and each.card is not None
        and each.card.test_card == card.test_card
        and each.status is PaymentStatus.SUCCEEDED
        for each in state.payments_with_reference(payment.reference, payment.page.account)
    )


def _charge(state: State, payment: Payment, card: Card, outcome: Outcome) -> Payment:
    payments.create_payment(state, payment)
    # What is in the vault already is not put there again.
    saves = payment.saves_card and not card.token
    payment = state.keep_payment(payment, saves_card=saves)
    paid = payments.pay(state, payment.id, card, outcome=outcome, saves=saves)
    if paid.status is PaymentStatus.SUCCEEDED and is_approved_in_part(paid.amount, paid.currency):
        paid = state.keep_payment(paid, amount=paid.amount // 2)
    if card.test_card.id == DISPUTED and paid.status is PaymentStatus.SUCCEEDED:
        paid = state.keep_payment(paid, extra={**paid.extra, "settlement": SETTLED})
        state.background.start(partial(_dispute, state, paid.id))
    return paid


def _dispute(state: State, payment_id: str, _pause: Pause) -> None:
    disputes.open_dispute(state, payment_id)
