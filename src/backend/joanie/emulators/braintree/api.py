"""``/merchants/<id>``: transactions and disputes, as a merchant's server calls them."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from joanie.emulators.braintree import settlement
from joanie.emulators.braintree.errors import Invalid
from joanie.emulators.braintree.sales import LONGEST, read_amount, read_reference, sell
from joanie.emulators.braintree.search import find_by_ids, find_ids
from joanie.emulators.braintree.wire import (
    REFUNDABLE,
    SETTLING,
    as_credit,
    as_dispute,
    as_transaction,
    status_of,
    write_amount,
)
from joanie.emulators.braintree.xml import Items, answer_xml, read_xml
from joanie.emulators.kit.acquirer import disputes, refunds
from joanie.emulators.kit.acquirer.api import make_api
from joanie.emulators.kit.acquirer.current import current_account, current_state
from joanie.emulators.kit.acquirer.payments import already_settled
from joanie.emulators.kit.acquirer.records import Payment, Refund
from joanie.emulators.kit.acquirer.status import DisputeStatus, PaymentStatus, RefundStatus
from joanie.emulators.kit.errors import NotFoundError
from joanie.emulators.kit.idempotency import as_the_first_time, honour_idempotency_keys
from joanie.emulators.kit.stored_answers import Answer

PAGE_SIZE = 50
REFUSED = frozenset({PaymentStatus.FAILED, RefundStatus.FAILED})
# A moment after the batch began, it cannot be voided, whatever the status says.
TOO_LATE = "late_void"
# While the batch runs, some are not refunded yet.
TOO_EARLY = "late_refund"
REFUSAL = 422


def make_blueprint() -> Blueprint:
    blueprint = make_api(__name__, url_prefix="/merchants/<merchant_id>")
    honour_idempotency_keys(
        blueprint,
        account_name=lambda: str(current_account().number),
        read_key=read_request_key,
        stores=lambda response: response.status_code < 300 or response.status_code == REFUSAL,
        repeats=repeat,
        waits=False,
    )

    @blueprint.url_value_preprocessor
    def know_the_merchant(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.merchant_id = (values or {}).pop("merchant_id", "")

    for method, rule, view in ROUTES:
        blueprint.add_url_rule(rule, view.__name__, view, methods=[method])
    return blueprint


def read_request_key() -> str | None:
    """Raises Invalid for a key that is too long, and where the account may send none."""
    key = (read_xml().get("api_request_key") or "") if _has_body() else ""
    if not key:
        return None
    if len(key) > LONGEST:
        raise Invalid("915230", "api_request_key", "API request key is too long.")
    if not current_state().controls.own("request_keys"):
        raise Invalid("915231", "api_request_key", "API request key is not allowed.")
    return str(key)


def repeat(stored: Answer) -> ResponseReturnValue:
    """Answer as the first time. Raises Invalid when that was a refusal: its key is used up."""
    if stored.status == REFUSAL:
        raise Invalid("915234", "api_request_key", "The request with this key failed.")
    return as_the_first_time(stored)


def create_transaction() -> ResponseReturnValue:
    payment = sell(current_state(), read_xml(), current_account())
    return _answer(payment, payment, status=201)


def retrieve_transaction(transaction_id: str) -> ResponseReturnValue:
    payment, refund = _find(transaction_id)
    return _answer(payment, refund or payment)


def void_transaction(transaction_id: str) -> ResponseReturnValue:
    payment = _own(transaction_id)
    if current_state().controls.own(TOO_LATE):
        settlement.settle(current_state(), payment.id, SETTLING)
        raise already_settled()
    voided = settlement.void(current_state(), payment.id)
    return _answer(voided, voided)


def refund_transaction(transaction_id: str) -> ResponseReturnValue:
    payment, credit = _find(transaction_id)
    if credit is not None:
        raise Invalid("91505", "base", "Cannot refund a credit.")
    wire = read_xml()
    whole = write_amount(payment.refundable or payment.amount, payment.currency)
    return _give_back(payment, wire.get("amount") or whole, read_reference(wire))


def reverse_transaction(transaction_id: str) -> ResponseReturnValue:
    """Void it while that is possible, else refund all of it."""
    payment = _own(transaction_id)
    if status_of(payment) in REFUNDABLE:
        return _give_back(payment, write_amount(payment.refundable, payment.currency), "")
    return void_transaction(transaction_id)


def submit_for_settlement(transaction_id: str) -> ResponseReturnValue:
    submitted = settlement.submit(current_state(), _own(transaction_id).id)
    return _answer(submitted, submitted)


def settle_transaction(transaction_id: str) -> ResponseReturnValue:
    return _settle(transaction_id, "settle")


def settlement_confirm_transaction(transaction_id: str) -> ResponseReturnValue:
    return _settle(transaction_id, "settlement_confirm")


def settlement_decline_transaction(transaction_id: str) -> ResponseReturnValue:
    return _settle(transaction_id, "settlement_decline")


def settlement_pending_transaction(transaction_id: str) -> ResponseReturnValue:
    return _settle(transaction_id, "settlement_pending")


def search_transaction_ids() -> ResponseReturnValue:
    ids = find_ids(current_state().payments_of(current_account()), read_xml())
    return answer_xml("search-results", {"page_size": PAGE_SIZE, "ids": Items("item", ids)})


def search_transactions() -> ResponseReturnValue:
    wire = read_xml()
    found = find_by_ids(current_state().payments_of(current_account()), wire.get("ids") or [])
    content = Items("transaction", found, kind="collection")
    return answer_xml("credit-card-transactions", content)


def retrieve_dispute(dispute_id: str) -> ResponseReturnValue:
    payment, dispute = current_state().payment_of_dispute(dispute_id)
    _own(payment.id)
    return answer_xml("dispute", as_dispute(dispute, payment))


def accept_dispute(dispute_id: str) -> ResponseReturnValue:
    payment, _ = current_state().payment_of_dispute(dispute_id)
    _own(payment.id)
    disputes.settle_dispute(current_state(), dispute_id, DisputeStatus.LOST)
    return Response("", 200, content_type="application/xml")


def finalize_dispute(dispute_id: str) -> ResponseReturnValue:
    """Send the evidence to the bank, which takes its time."""
    payment, dispute = current_state().payment_of_dispute(dispute_id)
    _own(payment.id)
    finalized = replace(dispute, extra={**dispute.extra, "status": "disputed"})
    others = [finalized if each.id == dispute_id else each for each in payment.disputes]
    current_state().keep_payment(payment, disputes=tuple(others))
    return Response("", 200, content_type="application/xml")


ROUTES = (
    ("POST", "/transactions", create_transaction),
    ("GET", "/transactions/<transaction_id>", retrieve_transaction),
    ("PUT", "/transactions/<transaction_id>/void", void_transaction),
    ("POST", "/transactions/<transaction_id>/refund", refund_transaction),
    ("POST", "/transactions/<transaction_id>/reverse", reverse_transaction),
    ("PUT", "/transactions/<transaction_id>/submit_for_settlement", submit_for_settlement),
    ("PUT", "/transactions/<transaction_id>/settle", settle_transaction),
    ("PUT", "/transactions/<transaction_id>/settlement_confirm", settlement_confirm_transaction),
    ("PUT", "/transactions/<transaction_id>/settlement_decline", settlement_decline_transaction),
    ("PUT", "/transactions/<transaction_id>/settlement_pending", settlement_pending_transaction),
    ("POST", "/transactions/advanced_search_ids", search_transaction_ids),
    ("POST", "/transactions/advanced_search", search_transactions),
    ("GET", "/disputes/<dispute_id>", retrieve_dispute),
    ("PUT", "/disputes/<dispute_id>/accept", accept_dispute),
    ("PUT", "/disputes/<dispute_id>/finalize", finalize_dispute),
)


def _has_body() -> bool:
    return request.method in {"POST", "PUT"} and bool(request.get_data())


def _own(transaction_id: str) -> Payment:
    return current_state().payment(transaction_id, current_account())


def _find(transaction_id: str) -> tuple[Payment, Refund | None]:
    """Find a sale, or a credit with its sale. Raises NotFoundError."""
    try:
        return _own(transaction_id), None
    except NotFoundError:
        payment, refund = current_state().payment_of_refund(transaction_id)
        return _own(payment.id), refund


def _settle(transaction_id: str, name: str) -> ResponseReturnValue:
    told = settlement.SETTLEMENTS[name]
    settled = settlement.settle(current_state(), _own(transaction_id).id, told)
    return _answer(settled, settled)


def _give_back(payment: Payment, amount: object, reference: str) -> ResponseReturnValue:
    if status_of(payment) not in REFUNDABLE:
        raise Invalid("91506", "base", "Cannot refund a transaction unless it is settled.")
    if status_of(payment) == SETTLING and current_state().controls.own(TOO_EARLY):
        raise Invalid("91574", "base", "Cannot refund a transaction that is settling.")
    if not payment.refundable:
        raise Invalid("91512", "base", "Transaction has already been fully refunded.")
    refund = refunds.refund_payment(
        current_state(),
        payment.id,
        amount=read_amount(amount, payment.currency),
        reference=reference or None,
        status=RefundStatus(current_state().controls.own("refunds")),
    )
    return _answer(current_state().payment(payment.id), refund, status=201)


def _answer(payment: Payment, made: Payment | Refund, status: int = 200) -> ResponseReturnValue:
    """Show a transaction; one that was just declined comes with a 422."""
    transaction = as_transaction(payment)
    if isinstance(made, Refund):
        transaction = as_credit(made, payment)
    if status == 201 and made.status in REFUSED:
        text = transaction.get("processor_response_text") or "Declined"
        content = {
            "errors": {"errors": Items("error", [])},
            "params": {"action": "create"},
            "message": text,
            "transaction": transaction,
        }
        return answer_xml("api-error-response", content, REFUSAL)
    return answer_xml("transaction", transaction, status)
