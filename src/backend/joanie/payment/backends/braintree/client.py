"""Braintree's operations through its SDK: the account, the call, our errors."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError

from joanie.common.exceptions import (
    JoanieError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnavailable,
)
from joanie.payment.backends.braintree.http_strategy import HttpStrategy
from joanie.payment.backends.braintree.sdk import braintree

logger = logging.getLogger(__name__)

# Nonces, tokens and ids: all that is put into a URL, or comes from a browser.
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,255}")
ENVIRONMENTS = {"production": "Production", "sandbox": "Sandbox"}

KEY, KEYS_NOT_ALLOWED = "api_request_key", "915231"
KEY_USED_UP = "915234"
CUSTOMER_ID_TAKEN = "91609"
# Another request with the same key is not answered, or Braintree cannot tell: ask again.
UNDECIDED = frozenset({"915233", "915235"})
_SDK = braintree.exceptions
_WRONG_ACCOUNT = (
    _SDK.AuthenticationError,
    _SDK.AuthorizationError,
    _SDK.ConfigurationError,
    _SDK.NotFoundError,
    _SDK.UpgradeRequiredError,
)
_UNAVAILABLE = (
    _SDK.GatewayTimeoutError,
    _SDK.RequestTimeoutError,
    _SDK.ServerError,
    _SDK.ServiceUnavailableError,
    _SDK.TooManyRequestsError,
)
_NOT_UNDERSTOOD = (
    _SDK.UnexpectedError,
    ArithmeticError,
    AttributeError,
    ExpatError,
    LookupError,
    TypeError,
    ValueError,
)


class Refusal(Exception):
    """Braintree refuses the request itself: nothing was done. ``codes`` are its own."""

    def __init__(self, codes: frozenset[str]) -> None:
        self.codes = codes
        super().__init__(", ".join(sorted(codes)))


class BraintreeClient:
    """The operations of one account, with the SDK's objects as they are.

    Every method raises ProviderUnavailable when the outcome is unknown and ProviderRejected when
    the account is wrong; those that change something raise Refusal.
    """

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._gateway = make_gateway(configuration)

    def make_client_token(self, request: Mapping[str, Any]) -> str:
        """Raises Refusal when its customer is unknown, or its merchant account is."""
        with _speaking():
            try:
                # The SDK writes into what it is given.
                return str(self._gateway.client_token.generate(dict(request)))
            except ValueError as error:
                if isinstance(error, UnicodeError):
                    raise
                raise Refusal(frozenset()) from error

    def keep_customer(self, customer_id: str) -> None:
        """Make sure that there is such a customer. Safe to repeat."""
        with _speaking():
            result = self._gateway.customer.create({"id": customer_id})
            codes = _codes_of(result)
        if codes - {CUSTOMER_ID_TAKEN}:
            raise Refusal(codes)

    def sell(self, request: Mapping[str, Any]) -> Any:
        """Return the transaction, which may have been declined."""
        with _speaking():
            return _send(self._gateway.transaction.sale, request)

    def find_transaction(self, transaction_id: str) -> Any | None:
        with _speaking():
            try:
                return self._gateway.transaction.find(transaction_id)
            except _SDK.NotFoundError:
                return None

    def search_by_order(self, order_id: str) -> list[Any]:
        """Return the sales with our id; one made this minute may be missing still."""
        query = braintree.TransactionSearch
        with _speaking():
            is_sale = query.type == braintree.Transaction.Type.Sale
            return list(self._gateway.transaction.search(query.order_id == order_id, is_sale))

    def list_transactions(
        self, kind: str, since: datetime, merchant_accounts: list[str]
    ) -> Iterator[Any]:
        """Give the sales or credits made since, a page at a time, as they are asked for."""
        query = braintree.TransactionSearch
        with _speaking():
            yield from self._gateway.transaction.search(
                query.created_at >= since.astimezone(UTC),
                query.merchant_account_id.in_list(merchant_accounts),
                query.type == kind,
            )

    def void(self, transaction_id: str) -> Any:
        with _speaking():
            return _transaction_of(self._gateway.transaction.void(transaction_id))

    def refund(self, transaction_id: str, request: Mapping[str, Any]) -> Any:
        """Return the credit, which may have been declined."""
        with _speaking():
            refund = self._gateway.transaction.refund
            return _send(partial(refund, transaction_id), request)

    def find_dispute(self, dispute_id: str) -> Any | None:
        with _speaking():
            try:
                return self._gateway.dispute.find(dispute_id)
            except _SDK.NotFoundError:
                return None

    def delete_card(self, token: str) -> None:
        with _speaking():
            try:
                self._gateway.payment_method.delete(token)
            except _SDK.NotFoundError:
                return


def make_gateway(configuration: Mapping[str, Any]) -> Any:
    """Make a gateway of its own for one account: the SDK's module-wide one would mix them."""
    return braintree.BraintreeGateway(
        braintree.Configuration(
            _environment(configuration),
            merchant_id=configuration["merchant_id"],
            public_key=configuration["public_key"],
            private_key=configuration["private_key"],
            http_strategy=HttpStrategy,
        )
    )


def _environment(configuration: Mapping[str, Any]) -> Any:
    base_url = configuration.get("base_url")
    if not base_url:
        return getattr(braintree.Environment, ENVIRONMENTS[configuration["environment"]])
    url = urlsplit(str(base_url))
    host, port = url.hostname or "", str(url.port or 80)
    return braintree.Environment(
        "loopback", host, port, base_url, is_ssl=False, ssl_certificate=None
    )


def _send(call: Callable[[dict[str, Any]], Any], request: Mapping[str, Any]) -> Any:
    """Send the request with its key, or without where the account may send none."""
    try:
        # The SDK writes into what it is given.
        return _transaction_of(call(dict(request)))
    except Refusal as refusal:
        if KEY not in request or KEYS_NOT_ALLOWED not in refusal.codes:
            raise
        logger.warning("This Braintree account may send no request keys: see its settings")
        return _transaction_of(call(without_key(request)))


def without_key(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != KEY}


def _transaction_of(result: Any) -> Any:
    """Return what was made, though it was declined. Raises Refusal when nothing was."""
    if result is not None and result.transaction is not None:
        return result.transaction
    codes = _codes_of(result)
    if codes & UNDECIDED:
        raise ProviderUnavailable(reason=", ".join(sorted(codes)))
    raise Refusal(codes)


def _codes_of(result: Any) -> frozenset[str]:
    """Raises ProviderProtocolError for the None that the SDK makes of what it does not know."""
    if result is None:
        raise ProviderProtocolError("An answer that the SDK does not understand")
    if result.is_success:
        return frozenset()
    return frozenset(str(error.code) for error in result.errors.deep_errors)


@contextmanager
def _speaking() -> Iterator[None]:
    """Turn the SDK's surprises into our errors. What is none of them is not caught."""
    try:
        yield
    except (JoanieError, Refusal):
        raise
    except _WRONG_ACCOUNT as error:
        raise ProviderRejected(reason=type(error).__name__) from error
    except _UNAVAILABLE as error:
        raise ProviderUnavailable(reason=type(error).__name__) from error
    except _NOT_UNDERSTOOD as error:
        # Not the text: it may quote what was sent.
        raise ProviderProtocolError(
            "An answer that we do not understand", reason=type(error).__name__
        ) from error
