"""Selling to a nonce or a saved card, with the official SDK."""

from typing import Any

import pytest
from flask import Flask

from joanie.emulators.kit.emulator import EXTENSION
from joanie.payment.backends.braintree.sdk import braintree

SUBMITTED = {"submit_for_settlement": True}


def sell(gateway: Any, amount: str = "10.00", currency: str = "eur", **request: Any) -> Any:
    means = {} if "payment_method_token" in request else {"payment_method_nonce": VALID}
    return gateway.transaction.sale(
        {
            "amount": amount,
            "merchant_account_id": f"account_{currency}",
            "options": dict(SUBMITTED),
            **means,
            **request,
        }
    )


VALID = "fake-valid-nonce"


def codes(result: Any) -> list[str]:
    """Give what the request was refused for; nothing was done then."""
    assert not result.is_success
    assert result.transaction is None
    return [error.code for error in result.errors.deep_errors]


def instruct(app: Flask, **instructions: Any) -> None:
    app.extensions[EXTENSION].controls.replace(instructions, operations=())


def save_card(gateway: Any, customer: str = "grace") -> str:
    gateway.customer.create({"id": customer})
    options = {**SUBMITTED, "store_in_vault_on_success": True}
    sold = sell(gateway, order_id=customer, customer_id=customer, options=options)
    return str(sold.transaction.credit_card_details.token)


def test_a_sale_is_submitted_for_settlement(gateway: Any) -> None:
    sold = sell(gateway, order_id="o1").transaction
    found = gateway.transaction.find(sold.id)
    assert (found.status, found.order_id, found.type) == ("submitted_for_settlement", "o1", "sale")
    assert (found.currency_iso_code, str(found.amount)) == ("EUR", "10.00")
    assert found.credit_card_details.token is None


def test_without_submitting_it_is_only_authorized(gateway: Any) -> None:
    sold = sell(gateway, options={}).transaction
    assert sold.status == "authorized"
    assert gateway.transaction.submit_for_settlement(sold.id).transaction.status == (
        "submitted_for_settlement"
    )


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        ("1999.99", "submitted_for_settlement", "1000"),
        ("2000.00", "processor_declined", "2000"),
        ("2001.00", "processor_declined", "2001"),
        ("2999.99", "processor_declined", "2999"),
        ("3000.00", "failed", "3000"),
        ("3001.00", "submitted_for_settlement", "1000"),
        ("5002.00", "submitted_for_settlement", "1000"),
    ],
)
def test_the_amount_decides(gateway: Any, amount: str, status: str, code: str) -> None:
    result = sell(gateway, amount)
    assert (result.transaction.status, result.transaction.processor_response_code) == (
        status,
        code,
    )
    assert result.is_success == (status == "submitted_for_settlement")


def test_the_gateway_rejects_an_incomplete_application(gateway: Any) -> None:
    rejected = sell(gateway, "5001.00").transaction
    assert rejected.gateway_rejection_reason == "application_incomplete"


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("10.50", "jpy", "81503"),
        ("10.001", "eur", "81503"),
        ("1E+2", "eur", "81503"),
        ("ten", "eur", "81503"),
        ("0", "eur", "81501"),
        ("-1", "eur", "81501"),
    ],
)
def test_an_amount_that_its_currency_has_not_is_refused(
    gateway: Any, amount: str, currency: str, code: str
) -> None:
    assert codes(sell(gateway, amount, currency)) == [code]


def test_yens_are_shown_with_decimals(gateway: Any) -> None:
    assert str(sell(gateway, "500", "jpy").transaction.amount) == "500.00"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"merchant_account_id": "moon"}, "91513"),
        ({"payment_method_nonce": "fake-consumed-nonce"}, "91564"),
        ({"payment_method_nonce": "tokencc_unknown"}, "91565"),
        ({"payment_method_nonce": "fake-luhn-invalid-nonce"}, "81715"),
        ({"payment_method_token": "unknown"}, "91518"),
        ({"customer_id": "unknown"}, "91510"),
        ({"order_id": "o" * 256}, "91501"),
    ],
    ids=str,
)
def test_a_wrong_request_does_nothing(gateway: Any, request_: dict[str, str], code: str) -> None:
    assert codes(sell(gateway, **request_)) == [code]


def test_the_same_again_is_a_duplicate(gateway: Any) -> None:
    sell(gateway, order_id="o1")
    assert sell(gateway, order_id="o1").transaction.gateway_rejection_reason == "duplicate"
    assert sell(gateway, order_id="o2").is_success


def test_a_request_with_a_key_acts_once(gateway: Any) -> None:
    first, second = (sell(gateway, order_id="o1", api_request_key="k1") for _ in range(2))
    assert first.transaction.id == second.transaction.id
    assert codes(sell(gateway, order_id="o2", api_request_key="k1")) == ["915232"]
    assert codes(sell(gateway, api_request_key="k" * 256)) == ["915230"]


def test_the_key_of_what_was_refused_is_used_up(gateway: Any) -> None:
    sold = sell(gateway).transaction
    told = [
        codes(gateway.transaction.refund(sold.id, {"amount": "3.00", "api_request_key": "k1"}))
        for _ in range(3)
    ]
    assert told == [["91506"], ["915234"], ["915234"]]


def test_an_account_may_have_no_keys(gateway: Any, app: Flask) -> None:
    instruct(app, request_keys=False)
    assert codes(sell(gateway, api_request_key="k1")) == ["915231"]


def test_a_saved_card_is_charged_by_its_token(gateway: Any) -> None:
    token = save_card(gateway)
    assert sell(gateway, payment_method_token=token).is_success
    gateway.customer.create({"id": "ada"})
    stolen = sell(gateway, payment_method_token=token, customer_id="ada")
    assert codes(stolen) == ["91516"]


def test_a_card_that_was_deleted_is_gone(gateway: Any) -> None:
    token = save_card(gateway)
    assert gateway.payment_method.find(token).last_4 == "1111"
    gateway.payment_method.delete(token)
    assert codes(sell(gateway, payment_method_token=token)) == ["91518"]
    with pytest.raises(braintree.exceptions.NotFoundError):
        gateway.payment_method.delete(token)


def test_a_nonce_is_for_one_use_within_three_hours(gateway: Any, app: Flask) -> None:
    token = save_card(gateway)
    used, late = (
        gateway.payment_method_nonce.create(token).payment_method_nonce.nonce for _ in range(2)
    )
    assert gateway.payment_method_nonce.find(used).three_d_secure_info is None
    assert sell(gateway, payment_method_nonce=used).is_success
    assert codes(sell(gateway, payment_method_nonce=used)) == ["91564"]
    instruct(app, clock_is_off=3 * 3600 + 60)
    assert codes(sell(gateway, payment_method_nonce=late)) == ["91565"]


def test_three_d_secure_can_be_required(gateway: Any) -> None:
    required = {"options": {"three_d_secure": {"required": True}}}
    rejected = sell(gateway, **required).transaction
    assert rejected.gateway_rejection_reason == "three_d_secure"
    nonce = "fake-three-d-secure-two-visa-successful-frictionless-authentication-nonce"
    passed = sell(gateway, order_id="o2", payment_method_nonce=nonce, **required).transaction
    assert passed.three_d_secure_info.liability_shifted is True


def test_customers_have_ids_of_their_own(gateway: Any) -> None:
    assert gateway.customer.create({"id": "a" * 36}).is_success
    assert codes_of_customer(gateway, "a" * 36) == ["91609"]
    for wrong in ("a" * 37, "a b", "all"):
        assert codes_of_customer(gateway, wrong) == ["91610"]
    gateway.customer.delete("a" * 36)
    with pytest.raises(braintree.exceptions.NotFoundError):
        gateway.customer.find("a" * 36)


def codes_of_customer(gateway: Any, customer_id: str) -> list[str]:
    result = gateway.customer.create({"id": customer_id})
    return [error.code for error in result.errors.deep_errors]


def test_merchants_do_not_see_each_other(gateway: Any, other_gateway: Any) -> None:
    sold = sell(gateway).transaction
    with pytest.raises(braintree.exceptions.NotFoundError):
        other_gateway.transaction.find(sold.id)


def test_a_wrong_key_opens_nothing(wrong_gateway: Any) -> None:
    with pytest.raises(braintree.exceptions.AuthenticationError):
        wrong_gateway.transaction.find("x1")


def test_another_merchants_path_is_forbidden(gateway: Any, other_gateway: Any) -> None:
    gateway.config.merchant_id = other_gateway.config.merchant_id
    with pytest.raises(braintree.exceptions.AuthorizationError):
        gateway.transaction.find("x1")
