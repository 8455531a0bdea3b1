"""Searching transactions: those criteria that a shop asks with, all of which have to fit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from joanie.emulators.braintree.credentials import merchant_account_id
from joanie.emulators.braintree.wire import VOID, as_credit, as_transaction
from joanie.emulators.braintree.xml import read_moment
from joanie.emulators.kit.acquirer.records import Payment, Refund
from joanie.emulators.kit.errors import ApiError

KNOWN = frozenset({"created_at", "ids", "merchant_account_id", "order_id", "type"})
# A sale, or a credit with its sale.
Found = tuple[Payment, Refund | None]


def find_ids(payments: Iterable[Payment], criteria: Mapping[str, Any]) -> list[str]:
    """Give the ids of those that fit, the newest first. Raises ApiError 400 for other criteria."""
    if set(criteria) - KNOWN:
        raise ApiError(400, "invalid_request", "This emulator does not search by that.")
    found = [*_transactions(payments)][::-1]
    return [_id_of(each) for each in found if _fits(each, criteria)]


def find_by_ids(payments: Iterable[Payment], ids: Sequence[str]) -> list[dict[str, Any]]:
    by_id = {_id_of(each): each for each in _transactions(payments)}
    return [_write(*by_id[each]) for each in ids if each in by_id]


def _transactions(payments: Iterable[Payment]) -> Iterator[Found]:
    for payment in payments:
        yield payment, None
        for refund in payment.refunds:
            if not refund.extra.get(VOID):
                yield payment, refund


def _id_of(found: Found) -> str:
    payment, refund = found
    return (refund or payment).id


def _write(payment: Payment, refund: Refund | None) -> dict[str, Any]:
    return as_credit(refund, payment) if refund else as_transaction(payment)


def _fits(found: Found, criteria: Mapping[str, Any]) -> bool:
    payment, refund = found
    made = refund or payment
    order, created = criteria.get("order_id") or {}, criteria.get("created_at") or {}
    accounts, types = criteria.get("merchant_account_id"), criteria.get("type")
    return (
        order.get("is", made.reference) == made.reference
        and (not types or ("credit" if refund else "sale") in types)
        and (not accounts or merchant_account_id(payment.currency) in accounts)
        and ("min" not in created or int(made.created) >= read_moment(created["min"]))
        and ("max" not in created or made.created <= read_moment(created["max"]))
    )
