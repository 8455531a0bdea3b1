"""Settling, voiding, giving back, searching and disputing, with the official SDK."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from flask import Flask
from tests.emulators.braintree.braintree_merchant import SECRETS, connect

from joanie.emulators.braintree import create_app
from joanie.emulators.kit.acquirer.current import EXTENSION as STATE
from joanie.emulators.kit.acquirer.disputes import open_dispute
from joanie.emulators.kit.emulator import EXTENSION
from joanie.emulators.kit.serving import run_emulator
from joanie.payment.backends.braintree.sdk import braintree

Search = braintree.TransactionSearch


@pytest.fixture
def sale(gateway: Any) -> str:
    """Sell something for 10 €."""
    request = {
        "amount": "10.00",
        "merchant_account_id": "account_eur",
        "order_id": "o1",
        "payment_method_nonce": "fake-valid-nonce",
        "options": {"submit_for_settlement": True},
    }
    return str(gateway.transaction.sale(request).transaction.id)


def codes(result: Any) -> list[str]:
    assert not result.is_success
    return [error.code for error in result.errors.deep_errors]


def test_what_is_not_settled_can_be_voided_and_not_refunded(gateway: Any, sale: str) -> None:
    assert codes(gateway.transaction.refund(sale, "3.00")) == ["91506"]
    assert gateway.transaction.void(sale).transaction.status == "voided"
    assert codes(gateway.transaction.void(sale)) == ["91504"]
    assert gateway.transaction.find(sale).refund_ids == []


def test_what_is_settled_can_be_refunded_and_not_voided(gateway: Any, sale: str) -> None:
    gateway.testing.settle_transaction(sale)
    assert codes(gateway.transaction.void(sale)) == ["91504"]
    credit = gateway.transaction.refund(sale, {"amount": "3.00", "order_id": "r1"}).transaction
    assert (credit.type, credit.order_id, str(credit.amount)) == ("credit", "r1", "3.00")
    assert credit.refunded_transaction_id == sale
    assert gateway.transaction.find(sale).refund_ids == [credit.id]
    assert codes(gateway.transaction.refund(sale, "7.01")) == ["91521"]
    assert codes(gateway.transaction.refund(credit.id)) == ["91505"]


def test_all_that_is_left_is_refunded_unless_told(gateway: Any, sale: str) -> None:
    gateway.testing.settle_transaction(sale)
    gateway.transaction.refund(sale, "3.00")
    assert str(gateway.transaction.refund(sale).transaction.amount) == "7.00"
    assert codes(gateway.transaction.refund(sale, "1.00")) == ["91512"]


def test_reversing_voids_or_refunds(gateway: Any, sale: str) -> None:
    assert gateway.transaction.reverse(sale).transaction.status == "voided"


def test_reversing_what_is_settled_refunds_it(gateway: Any, sale: str) -> None:
    gateway.testing.settle_transaction(sale)
    assert gateway.transaction.reverse(sale).transaction.type == "credit"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("settle_transaction", "settled"),
        ("settlement_confirm_transaction", "settlement_confirmed"),
        ("settlement_decline_transaction", "settlement_declined"),
        ("settlement_pending_transaction", "settlement_pending"),
    ],
)
def test_days_pass_as_told(gateway: Any, sale: str, name: str, status: str) -> None:
    assert getattr(gateway.testing, name)(sale).transaction.status == status


def test_settling_begins_although_the_status_does_not_say_so(
    gateway: Any, sale: str, app: Flask
) -> None:
    app.extensions[EXTENSION].controls.replace({"late_void": True}, operations=())
    assert gateway.transaction.find(sale).status == "submitted_for_settlement"
    assert codes(gateway.transaction.void(sale)) == ["91504"]
    assert gateway.transaction.refund(sale).is_success


def test_a_sale_is_found_by_our_id(gateway: Any, sale: str) -> None:
    assert [each.id for each in gateway.transaction.search(Search.order_id == "o1")] == [sale]
    assert [*gateway.transaction.search(Search.order_id == "o2")] == []


def test_sales_are_listed_by_their_moment_and_account(gateway: Any, sale: str) -> None:
    now = datetime.now(UTC)

    def listed(moment: datetime, account: str) -> list[str]:
        query = (Search.created_at >= moment, Search.merchant_account_id.in_list([account]))
        return [each.id for each in gateway.transaction.search(*query)]

    assert listed(now - timedelta(minutes=1), "account_eur") == [sale]
    assert listed(now + timedelta(minutes=1), "account_eur") == []
    assert listed(now - timedelta(minutes=1), "account_usd") == []


def test_credits_are_listed_apart(gateway: Any, sale: str) -> None:
    gateway.testing.settle_transaction(sale)
    credit = gateway.transaction.refund(sale, "3.00").transaction
    for kind, expected in (("sale", sale), ("credit", credit.id)):
        assert [each.id for each in gateway.transaction.search(Search.type == kind)] == [expected]


def test_what_is_not_searched_by_here_is_refused(gateway: Any) -> None:
    with pytest.raises(braintree.exceptions.UnexpectedError):
        gateway.transaction.search(Search.currency == "EUR")


def test_a_dispute_is_told_and_read_by_the_sdk(gateway: Any, sale: str, app: Flask) -> None:
    state, deliveries = app.extensions[STATE], app.extensions[EXTENSION].deliveries
    state.keep_endpoint("http://127.0.0.1:9/nowhere", next(iter(state.accounts)))
    dispute = open_dispute(state, sale)
    form = parse_qs(deliveries.log()[0]["body"])
    told = gateway.webhook_notification.parse(form["bt_signature"][0], form["bt_payload"][0])
    assert (told.kind, told.dispute.id) == ("dispute_opened", dispute.id)
    found = gateway.dispute.find(dispute.id)
    assert (found.status, found.kind, str(found.amount_disputed)) == (
        "open",
        "chargeback",
        "10.00",
    )
    assert found.transaction_details.id == sale
    gateway.dispute.finalize(dispute.id)
    assert gateway.dispute.find(dispute.id).status == "disputed"
    gateway.dispute.accept(dispute.id)
    assert gateway.transaction.find(sale).disputes[0].status == "lost"


def test_a_disputed_card_is_disputed_at_once(gateway: Any, app: Flask, base_url: str) -> None:
    token = gateway.client_token.generate()
    page = f"{base_url}/client-sdk"
    form = {"client_token": token, "card": "disputed"}
    nonce = httpx.post(page, data=form, trust_env=False).text.split("<code>")[1].split("<")[0]
    request = {"amount": "10", "merchant_account_id": "account_eur", "payment_method_nonce": nonce}
    sold = gateway.transaction.sale(request).transaction
    assert app.extensions[EXTENSION].background.wait_until_idle(5)
    found = gateway.transaction.find(sold.id)
    assert (found.status, found.disputes[0].status) == ("settled", "open")


def test_what_happened_is_remembered_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "braintree.sqlite"
    with run_emulator(create_app(SECRETS, state_file=file)) as base_url:
        gateway = connect(base_url)
        gateway.customer.create({"id": "grace"})
        request = {
            "amount": "10.00",
            "merchant_account_id": "account_eur",
            "payment_method_nonce": "fake-valid-nonce",
            "options": {"submit_for_settlement": True},
        }
        sale = gateway.transaction.sale(request).transaction.id
        gateway.transaction.void(sale)
    with run_emulator(create_app(SECRETS, state_file=file)) as base_url:
        gateway = connect(base_url)
        assert gateway.transaction.find(sale).status == "voided"
        assert gateway.customer.find("grace").id == "grace"
