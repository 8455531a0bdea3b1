"""``/v1``: what a merchant's server calls. The names of the endpoints are the operations."""

from contextlib import suppress
from dataclasses import replace

from flask import Response, request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer import payments, refunds, vault
from joanie.emulators.kit.acquirer.api import make_api
from joanie.emulators.kit.acquirer.cards import Card
from joanie.emulators.kit.acquirer.current import current_account, current_state
from joanie.emulators.kit.acquirer.records import Payment
from joanie.emulators.kit.acquirer.status import PaymentStatus, RefundStatus
from joanie.emulators.kit.errors import ApiError, NotFoundError
from joanie.emulators.kit.idempotency import honour_idempotency_keys
from joanie.emulators.kit.identifiers import new_id
from joanie.emulators.stripe import requests
from joanie.emulators.stripe.cards import PENDING_REFUND, TEST_CARDS
from joanie.emulators.stripe.credentials import is_live, webhook_secret
from joanie.emulators.stripe.events import VERSION
from joanie.emulators.stripe.expansion import Json, expand
from joanie.emulators.stripe.requests import CUSTOMER
from joanie.emulators.stripe.wire import (
    Wire,
    as_list,
    charge_id,
    dispute_as_json,
    explain_decline,
    refund_as_json,
)

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
CANCELLATIONS = (*REASONS, "abandoned")

blueprint = make_api(__name__, url_prefix="/v1")


@blueprint.before_request
def check_version() -> None:
    version = request.headers.get("Stripe-Version", VERSION)
    if version != VERSION:
        raise ApiError(400, "invalid_request", f"Invalid Stripe API version: {version}")


honour_idempotency_keys(
    blueprint,
    header="Idempotency-Key",
    account_name=lambda: str(current_account().number),
    waits=False,
)


@blueprint.after_request
def name_the_request(response: Response) -> Response:
    response.headers["Request-Id"] = new_id("req")
    return response


# Checkout sessions ------------------------------------------------------------------------------


@blueprint.post("/checkout/sessions")
def create_session() -> ResponseReturnValue:
    form = requests.read_form(*requests.SESSION_FIELDS)
    account, state = current_account(), current_state()
    expanded = requests.read_expand(form)
    if form.choice("mode", ("payment", "setup")) == "setup":
        setup = state.keep_setup(requests.read_setup(form, account, state))
        return expand(wire().setup_session(setup), expanded)
    payment = payments.create_payment(state, requests.read_session(form, account, state))
    return expand(wire().session(payment), expanded)


@blueprint.get("/checkout/sessions")
def list_sessions() -> ResponseReturnValue:
    sessions = [each for each in _my_payments() if is_session(each)]
    intent = request.args.get("payment_intent")
    if intent is not None:
        sessions = [
            each for each in sessions if each.extra["intent"] == intent and was_tried(each)
        ]
    page, has_more = requests.read_page_of_list(sessions, "payment_intent")
    listed = as_list(
        "/v1/checkout/sessions", [wire().session(each) for each in page], has_more=has_more
    )
    return expand(listed, requests.read_expand())


@blueprint.get("/checkout/sessions/<session_id>")
def retrieve_session(session_id: str) -> ResponseReturnValue:
    return expand(_show_session(session_id), requests.read_expand())


@blueprint.post("/checkout/sessions/<session_id>/expire")
def expire_session(session_id: str) -> ResponseReturnValue:
    account, state = current_account(), current_state()
    with suppress(NotFoundError):
        setup = vault.expire_setup(state, state.setup(session_id, account).id)
        return expand(wire().setup_session(setup), ())
    payment = state.payment(session_id, account)
    if not is_session(payment):
        raise NotFoundError("checkout session")
    return expand(wire().session(payments.expire_payment(state, payment.id)), ())


# Payment intents --------------------------------------------------------------------------------


@blueprint.post("/payment_intents")
def create_intent() -> ResponseReturnValue:
    form = requests.read_form(*requests.INTENT_FIELDS)
    state = current_state()
    payment = requests.read_intent(form, current_account(), state)
    expanded = requests.read_expand(form)
    if not form.flag("confirm"):
        return expand(wire().intent(payments.create_payment(state, payment)), expanded)
    token = form.text("payment_method")
    if token in TEST_CARDS:
        card = Card(TEST_CARDS[token], payment.page.customer)
        return _answer_charge(payments.charge_card(state, payment, card), expanded)
    return _answer_charge(payments.charge_saved_card(state, payment, token), expanded)


@blueprint.get("/payment_intents")
def list_intents() -> ResponseReturnValue:
    intents = [each for each in _my_payments() if not is_session(each) or was_tried(each)]
    page, has_more = requests.read_page_of_list(intents, CUSTOMER)
    listed = as_list(
        "/v1/payment_intents", [wire().intent(each) for each in page], has_more=has_more
    )
    return expand(listed, requests.read_expand())


@blueprint.get("/payment_intents/<intent_id>")
def retrieve_intent(intent_id: str) -> ResponseReturnValue:
    return expand(wire().intent(_intent(intent_id)), requests.read_expand())


@blueprint.post("/payment_intents/<intent_id>/confirm")
def confirm_intent(intent_id: str) -> ResponseReturnValue:
    """Confirm with one of the test cards, as Stripe's form in the browser does."""
    form = requests.read_form("payment_method", "return_url", "expand")
    payment, token = _intent(intent_id), form.text("payment_method")
    if token not in TEST_CARDS:
        raise ApiError(404, "card_unknown", f"No such PaymentMethod: '{token}'")
    state, test_card = current_state(), TEST_CARDS[token]
    page = replace(payment.page, return_url=form.text("return_url", payment.page.return_url))
    state.keep_payment(payment, page=page)
    paid = payments.pay_on_page(state, payment.id, test_card, saves=payment.saves_card)
    return _answer_charge(paid, requests.read_expand(form))


@blueprint.post("/payment_intents/<intent_id>/cancel")
def cancel_intent(intent_id: str) -> ResponseReturnValue:
    form = requests.read_form("cancellation_reason", "expand")
    state, payment = current_state(), _intent(intent_id)
    if is_session(payment) or payment.status not in payments.OPEN:
        raise payments.already_settled()
    reason = form.choice("cancellation_reason", CANCELLATIONS, "abandoned")
    state.keep_payment(payment, extra={**payment.extra, "cancellation_reason": reason})
    canceled = payments.cancel_payment(state, payment.id)
    return expand(wire().intent(canceled), requests.read_expand(form))


# Money back -------------------------------------------------------------------------------------


@blueprint.post("/refunds")
def create_refund() -> ResponseReturnValue:
    form = requests.read_form("payment_intent", "charge", "amount", "reason", "metadata", "expand")
    payment = _intent(form.text("payment_intent"))
    if payment.status is PaymentStatus.SUCCEEDED and not payment.refundable:
        raise ApiError(400, "charge_already_refunded", "The charge has already been refunded.")
    status = RefundStatus(current_state().controls.own("refunds"))
    if payment.card and payment.card.test_card.id == PENDING_REFUND:
        status = RefundStatus.PENDING
    refund = refunds.refund_payment(
        current_state(),
        payment.id,
        amount=form.integer("amount", minimum=1) if "amount" in form else payment.refundable,
        reference=None,
        status=status,
        extra={
            "metadata": form.metadata(),
            "reason": form.choice("reason", REASONS) if "reason" in form else None,
        },
    )
    return refund_as_json(current_state().payment(payment.id), refund)


@blueprint.get("/refunds")
def list_refunds() -> ResponseReturnValue:
    payment = _intent(request.args.get("payment_intent", ""))
    page, has_more = requests.read_page_of_list([*payment.refunds], "payment_intent")
    return as_list(
        "/v1/refunds", [refund_as_json(payment, each) for each in page], has_more=has_more
    )


@blueprint.get("/refunds/<refund_id>")
def retrieve_refund(refund_id: str) -> ResponseReturnValue:
    payment, refund = current_state().payment_of_refund(refund_id)
    current_state().payment(payment.id, current_account())
    return refund_as_json(payment, refund)


@blueprint.get("/disputes")
def list_disputes() -> ResponseReturnValue:
    payment = _intent(request.args.get("payment_intent", ""))
    page, has_more = requests.read_page_of_list([*payment.disputes], "payment_intent")
    shown = [dispute_as_json(payment, each) for each in page]
    return as_list("/v1/disputes", shown, has_more=has_more)


@blueprint.get("/disputes/<dispute_id>")
def retrieve_dispute(dispute_id: str) -> ResponseReturnValue:
    payment, dispute = current_state().payment_of_dispute(dispute_id)
    current_state().payment(payment.id, current_account())
    return dispute_as_json(payment, dispute)


@blueprint.get("/charges/<wanted_id>")
def retrieve_charge(wanted_id: str) -> ResponseReturnValue:
    payment = _intent(wanted_id.replace("ch_", "pi_"))
    charge = expand(wire().intent(payment), ["latest_charge"])["latest_charge"]
    if not charge or charge_id(payment) != wanted_id:
        raise NotFoundError("charge")
    return expand(wire().charge(payment), requests.read_expand())


# Customers and their cards ----------------------------------------------------------------------


@blueprint.post("/customers")
def create_customer() -> ResponseReturnValue:
    form = requests.read_form("metadata", "email", "name", "description", "expand")
    customer_id = new_id("cus")
    customer = {
        "id": customer_id,
        "object": CUSTOMER,
        "email": form.text("email") if "email" in form else None,
        "livemode": is_live(current_account()),
        "metadata": form.metadata(),
    }
    return dict(current_state().notes.keep(CUSTOMER, customer_id, customer, current_account()))


@blueprint.get("/customers/<customer_id>")
def retrieve_customer(customer_id: str) -> ResponseReturnValue:
    return dict(current_state().notes.find(CUSTOMER, customer_id, current_account()))


@blueprint.delete("/customers/<customer_id>")
def delete_customer(customer_id: str) -> ResponseReturnValue:
    """Forget a customer and their cards, without an event: it may be late."""
    account, state = current_account(), current_state()
    with state.lock:
        cards = [card for card in state.saved_cards(account) if card.customer == customer_id]
        for card in cards:
            state.delete_card(str(card.token), account)
        try:
            state.notes.take(CUSTOMER, customer_id, account)
        except NotFoundError:
            # Those that pages made are known by their cards.
            if not cards:
                raise
    return {"id": customer_id, "object": CUSTOMER, "deleted": True}


@blueprint.get("/payment_methods")
def list_cards() -> ResponseReturnValue:
    account = current_account()
    customer = request.args.get(CUSTOMER)
    saved = [card for card in current_state().saved_cards(account) if card.customer == customer]
    shown = [wire().card(card, account, str(card.token)) for card in saved]
    return as_list("/v1/payment_methods", shown)


@blueprint.get("/payment_methods/<token>")
def retrieve_card(token: str) -> ResponseReturnValue:
    return wire().card(_saved(token), current_account(), token)


@blueprint.post("/payment_methods/<token>/detach")
def detach_card(token: str) -> ResponseReturnValue:
    card = _saved(token)
    current_state().delete_card(token, current_account())
    return wire().card(card, current_account(), token)


@blueprint.post("/webhook_endpoints")
def create_webhook_endpoint() -> ResponseReturnValue:
    """Keep where the account is told of everything; there is one endpoint, the latest."""
    form = requests.read_form("url", "enabled_events", "api_version", "description", "metadata")
    url = form.text("url")
    current_state().keep_endpoint(url, current_account())
    return {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": VERSION,
        "enabled_events": form.texts("enabled_events"),
        "secret": webhook_secret(current_account()),
        "status": "enabled",
        "url": url,
    }


# ------------------------------------------------------------------------------------------------


def wire() -> Wire:
    return Wire(current_state().saved_card)


def is_session(payment: Payment) -> bool:
    return "intent" in payment.extra


def was_tried(payment: Payment) -> bool:
    """Say whether a session has made its payment intent."""
    return payment.card is not None or bool(payment.failure_code)


def _my_payments() -> list[Payment]:
    return current_state().payments_of(current_account())


def _show_session(session_id: str) -> Json:
    account, state = current_account(), current_state()
    with suppress(NotFoundError):
        payment = state.payment(session_id, account)
        if payment.id == session_id and is_session(payment):
            return wire().session(payment)
    return wire().setup_session(state.setup(session_id, account))


def _intent(intent_id: str) -> Payment:
    """Find a payment by its intent: that of a session is not there before somebody tries."""
    payment = current_state().payment(intent_id, current_account())
    if is_session(payment) and (payment.id == intent_id or not was_tried(payment)):
        raise NotFoundError("payment_intent")
    return payment


def _saved(token: str) -> Card:
    card = current_state().saved_card(token, current_account())
    if card is None:
        raise NotFoundError("PaymentMethod")
    return card


def _answer_charge(payment: Payment, expanded: list[str]) -> ResponseReturnValue:
    """Answer what came of confirming an intent: 402 with the intent when it was declined."""
    intent = wire().intent(payment)
    is_refused = payment.status in {PaymentStatus.REQUIRES_PAYMENT, PaymentStatus.FAILED}
    if not is_refused or not payment.failure_code:
        return expand(intent, expanded)
    error = {
        **explain_decline(payment.failure_code),
        "charge": charge_id(payment),
        "payment_intent": expand(intent, ()),
    }
    return {"error": error}, 402
