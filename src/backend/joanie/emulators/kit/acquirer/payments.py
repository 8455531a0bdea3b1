"""What can happen to a payment. Each verb answers with the payment as it is then."""

from contextlib import suppress
from functools import partial
from typing import Any

from joanie.emulators.kit.acquirer import vault
from joanie.emulators.kit.acquirer.cards import ACCEPTED, Card, Outcome, TestCard, declined
from joanie.emulators.kit.acquirer.records import Payment
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.acquirer.status import PaymentStatus
from joanie.emulators.kit.background import Pause
from joanie.emulators.kit.errors import ApiError

OPEN = {PaymentStatus.REQUIRES_PAYMENT, PaymentStatus.REQUIRES_ACTION}


def create_payment(state: State, payment: Payment) -> Payment:
    """Open the payment. Raises ApiError 402 when the provider refuses it at once."""
    with state.lock:
        state.keep_payment(payment)
        outcome = state.provider.outcome_at_creation(payment)
        if outcome is None:
            return payment
        refused = _conclude(state, payment, outcome)
        raise ApiError(
            402,
            "declined",
            "The payment was refused.",
            failure_code=refused.failure_code,
            payment=refused.id,
        )


def charge_saved_card(state: State, payment: Payment, token: str) -> Payment:
    """Create a payment and charge it at once. Raises ApiError for another customer's token."""
    with state.lock:
        card = find_saved_card(state, payment, token)
        payment = create_payment(state, payment)
        outcome = state.provider.outcome_in_one_click(payment, card.test_card)
        return pay(state, payment.id, card, outcome=outcome)


def charge_card(state: State, payment: Payment, card: Card) -> Payment:
    """Create a payment and charge at once a card that was typed elsewhere: a nonce's, say."""
    with state.lock:
        payment = create_payment(state, payment)
        outcome = state.provider.outcome_on_page(payment, card.test_card)
        return pay(state, payment.id, card, outcome=outcome, saves=payment.saves_card)


def find_saved_card(state: State, payment: Payment, token: str) -> Card:
    card = state.saved_card(token, payment.page.account)
    if card is None or (card.customer and card.customer != payment.page.customer):
        raise ApiError(400, "card_unknown", "This customer has no such card.", param="card")
    return card


def pay_on_page(state: State, payment_id: str, test_card: TestCard, *, saves: bool) -> Payment:
    """Pay as a person does. Raises ApiError when the payment is not open any more."""
    with state.lock:
        payment = state.payment(payment_id)
        card = Card(test_card, payment.page.customer)
        outcome = state.provider.outcome_on_page(payment, test_card)
        return pay(state, payment.id, card, outcome=outcome, saves=saves)


def pay(
    state: State, payment_id: str, card: Card, *, outcome: Outcome, saves: bool = False
) -> Payment:
    """Pay with any card. Raises ApiError when the payment is not open any more."""
    with state.lock:
        payment = state.payment(payment_id)
        if payment.status is not PaymentStatus.REQUIRES_PAYMENT:
            raise already_settled()
        return _conclude(state, payment, outcome, card=card, saves_card=saves)


def answer_challenge(state: State, payment_id: str, *, is_confirmed: bool) -> Payment:
    with state.lock:
        payment = state.payment(payment_id)
        if payment.status is not PaymentStatus.REQUIRES_ACTION:
            raise already_settled()
        if not is_confirmed:
            return _conclude(state, payment, declined(state.provider.failed_challenge))
        card = payment.card
        return _conclude(state, payment, card.test_card.after_challenge if card else ACCEPTED)


def cancel_payment(state: State, payment_id: str) -> Payment:
    """Close the payment for good, if nothing was paid. Safe to repeat."""
    with state.lock:
        payment = state.payment(payment_id)
        if payment.status is PaymentStatus.SUCCEEDED:
            raise ApiError(409, "payment_already_paid", "The payment has been made.")
        if payment.status is PaymentStatus.PROCESSING:
            raise ApiError(409, "payment_processing", "The bank has the payment.")
        if payment.status in {PaymentStatus.CANCELED, PaymentStatus.EXPIRED}:
            return payment
        return _conclude(state, payment, Outcome(PaymentStatus.CANCELED))


def expire_payment(state: State, payment_id: str) -> Payment:
    with state.lock:
        payment = state.payment(payment_id)
        if payment.status not in OPEN:
            raise already_settled()
        return _conclude(state, payment, Outcome(PaymentStatus.EXPIRED))


def complete_payment(state: State, payment_id: str, outcome: Outcome) -> Payment:
    """End the wait of a payment that the bank was processing."""
    with state.lock:
        payment = state.payment(payment_id)
        if payment.status is not PaymentStatus.PROCESSING:
            raise already_settled()
        return _conclude(state, payment, outcome)


def settle_payment(
    state: State, payment_id: str, outcome: Outcome, *, announces: bool, **changes: Any
) -> Payment:
    """Make the payment what a test wants, whatever it was before: a late success, say."""
    with state.lock:
        payment = state.payment(payment_id)
        return _conclude(state, payment, outcome, announces=announces, **changes)


def take_up_again(state: State) -> None:
    """Go on where the process was ended: what was not taken is announced, slow banks answer."""
    for payment in state.all_payments():
        if payment.status is PaymentStatus.PROCESSING:
            state.background.start(partial(_complete_in_time, state, payment.id))
        if payment.status not in OPEN:
            state.announce_unless_taken(f"payment.{payment.status}", payment)
        for refund in payment.refunds:
            state.announce_unless_taken(f"refund.{refund.status}", payment, refund)
        for dispute in payment.disputes:
            state.announce_unless_taken(f"dispute.{dispute.status}", payment, dispute)


def already_settled() -> ApiError:
    return ApiError(409, "already_settled", "This payment is not open any more.")


def _conclude(
    state: State, payment: Payment, outcome: Outcome, *, announces: bool = True, **changes: Any
) -> Payment:
    payment = state.keep_payment(
        payment, status=outcome.status, failure_code=outcome.failure_code, **changes
    )
    if outcome.status is PaymentStatus.SUCCEEDED and payment.saves_card and payment.card:
        card = vault.save_card(state, payment.card, payment.page.account)
        payment = state.keep_payment(payment, card=card)
    if outcome.status is PaymentStatus.PROCESSING:
        state.background.start(partial(_complete_in_time, state, payment.id))
    if outcome.status is PaymentStatus.FAILED and not state.provider.declines_are_final:
        payment = state.keep_payment(payment, status=PaymentStatus.REQUIRES_PAYMENT)
    if announces and outcome.status not in OPEN:
        state.announce(f"payment.{outcome.status}", payment)
    return payment


def _complete_in_time(state: State, payment_id: str, pause: Pause) -> None:
    seconds = state.controls.own("processing_seconds")
    if seconds is None or not pause(seconds):
        return
    with suppress(ApiError):  # somebody was faster
        complete_payment(state, payment_id, Outcome(PaymentStatus.SUCCEEDED))
