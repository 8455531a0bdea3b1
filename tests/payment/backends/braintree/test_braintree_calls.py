"""How the SDK's calls are made, and what becomes of its surprises."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from flask import Flask, Response

from joanie.common.exceptions import (
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnavailable,
)
from joanie.common.money import Money
from joanie.common.transactions import NetworkInTransaction
from joanie.emulators.kit.serving import run_emulator
from joanie.payment.backends.braintree import BraintreeBackend
from joanie.payment.backends.braintree.client import BraintreeClient
from joanie.payment.conformance.shop import Shop

STATUSES = {
    400: ProviderUnavailable,
    401: ProviderRejected,
    403: ProviderRejected,
    404: ProviderRejected,
    408: ProviderUnavailable,
    426: ProviderRejected,
    429: ProviderUnavailable,
    500: ProviderUnavailable,
    502: ProviderUnavailable,
    503: ProviderUnavailable,
    504: ProviderUnavailable,
    302: ProviderUnavailable,
}
NOT_UNDERSTOOD = [
    b"",
    b"<html><p>Maintenance</html>",
    b"<moon/>",
    b"<transaction/>",
    b"<transaction><id>t1</id></transaction>",
    b"<transaction><amount>ten</amount></transaction>",
    b"\xff",
]
STILL_SUBMITTED = b"""<transaction>
    <id>x1</id> <type>sale</type> <status>submitted_for_settlement</status>
    <amount>10.00</amount> <currency-iso-code>EUR</currency-iso-code>
    <refund-ids type="array"/>
</transaction>"""


class Deaf:
    """An application that answers everything in the same way."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body

    def __call__(self, environ: Any, start: Callable[..., Any]) -> Any:
        answer = Response(self.body, self.status, content_type="application/xml")
        return answer(environ, start)


@contextmanager
def answering(status: int, body: bytes) -> Iterator[dict[str, Any]]:
    """Give the settings of an account at a Braintree that answers like that."""
    app = Flask("deaf")
    app.wsgi_app = Deaf(status, body)  # type: ignore[method-assign]
    app.extensions["emulator"] = type("Nothing", (), {"close": lambda self: None})()
    with run_emulator(app) as base_url:
        keys = {"merchant_id": "m", "public_key": "pub", "private_key": "private-words"}
        yield {"base_url": base_url, **keys}


def ask(status: int, body: bytes, call: Callable[[BraintreeClient], Any]) -> Any:
    """Make one call to a Braintree that answers like that."""
    with answering(status, body) as configuration:
        return call(BraintreeClient(configuration))


@pytest.mark.parametrize(("status", "error"), STATUSES.items())
def test_a_sale_that_is_answered_with_an_error(status: int, error: type[ProviderError]) -> None:
    with pytest.raises(error):
        ask(status, b"", lambda client: client.sell({"amount": "1.00"}))


@pytest.mark.parametrize("body", NOT_UNDERSTOOD, ids=str)
def test_a_sale_whose_answer_is_not_understood_is_unknown(body: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        ask(200, body, lambda client: client.sell({"amount": "1.00"}))


def test_what_is_not_there_is_nothing() -> None:
    assert ask(404, b"", lambda client: client.find_transaction("t1")) is None
    assert ask(404, b"", lambda client: client.find_dispute("d1")) is None
    assert ask(404, b"", lambda client: client.delete_card("c1")) is None


def test_a_request_that_the_sdk_does_not_take_is_ours_to_mend() -> None:
    with pytest.raises(ProviderError):
        ask(200, b"", lambda client: client.sell({"moon": "1.00"}))


def test_a_search_without_results_is_not_an_empty_one() -> None:
    with pytest.raises(ProviderUnavailable):
        ask(200, b"<other/>", lambda client: client.search_by_order("o1"))


def test_a_void_after_which_nothing_is_voided_gives_nothing_back() -> None:
    with answering(200, STILL_SUBMITTED) as configuration:
        backend = BraintreeBackend(configuration)
        with pytest.raises(ProviderProtocolError, match="voided"):
            backend.refund_payment("x1", Money("10.00", "EUR"), "r1")


def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        ask(404, b"", lambda client: client.find_transaction("some-token"))
    assert "127.0.0.1" in caplog.text
    assert not [word for word in ("private-words", "some-token", "Basic") if word in caplog.text]


def test_no_call_is_made_in_a_transaction(shop: Shop) -> None:
    client = BraintreeClient(shop.harness.configuration())
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        client.find_transaction("t1")


def test_the_sdk_opens_no_connection_of_its_own(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert shop.buy().state == "validated"
