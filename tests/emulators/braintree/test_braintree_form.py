"""What stands for Braintree's SDK in the browser."""

import json
from base64 import b64decode
from typing import Any

import httpx
import pytest

from joanie.payment.backends.braintree.client import IDENTIFIER


@pytest.fixture
def token(gateway: Any) -> str:
    """Give what opens the form."""
    gateway.customer.create({"id": "grace"})
    return str(gateway.client_token.generate({"customer_id": "grace"}))


@pytest.fixture
def browser(base_url: str) -> httpx.Client:
    return httpx.Client(base_url=base_url, trust_env=False)


def nonce_in(page: str) -> str:
    return page.split("<code>")[1].split("</code>", maxsplit=1)[0]


def test_the_form_gives_a_nonce_for_a_card(
    browser: httpx.Client, token: str, gateway: Any
) -> None:
    query = {"client_token": token, "return_url": "http://127.0.0.1:9/back"}
    shown = browser.get("/client-sdk", params=query)
    assert "4111111111111111" in shown.text
    page = browser.post("/client-sdk", params=query, data={"card": "visa"}).text
    assert IDENTIFIER.fullmatch(nonce_in(page))
    assert 'action="http://127.0.0.1:9/back"' in page
    assert gateway.payment_method_nonce.find(nonce_in(page)).consumed is False


@pytest.mark.parametrize(
    ("choice", "status"),
    [("passed", "authenticate_successful"), ("not_passed", "authenticate_failed")],
)
def test_three_d_secure_ends_as_chosen(
    browser: httpx.Client, token: str, gateway: Any, choice: str, status: str
) -> None:
    form = {"card": "visa", "three_d_secure": choice, "client_token": token}
    nonce = nonce_in(browser.post("/client-sdk", data=form).text)
    assert gateway.payment_method_nonce.find(nonce).three_d_secure_info.status == status


def test_a_card_has_to_be_chosen(browser: httpx.Client, token: str) -> None:
    answer = browser.post("/client-sdk", data={"client_token": token})
    assert (answer.status_code, "Choose one of the cards" in answer.text) == (400, True)


def test_the_form_speaks_french(browser: httpx.Client, token: str) -> None:
    headers = {"Accept-Language": "fr"}
    page = browser.get("/client-sdk", params={"client_token": token}, headers=headers).text
    assert "Donnez-moi un nonce" in page


@pytest.mark.parametrize("token", ["", "moon", "e30=", "W10="])
def test_without_a_token_there_is_no_form(browser: httpx.Client, token: str) -> None:
    assert browser.get("/client-sdk", params={"client_token": token}).status_code == 404


def test_programs_send_json_where_the_token_says(token: str, gateway: Any) -> None:
    opened = json.loads(b64decode(token))
    url = f"{opened['clientApiUrl']}/v1/payment_methods/credit_cards"
    body = {
        "authorizationFingerprint": opened["authorizationFingerprint"],
        "creditCard": {"number": "5555555555554444"},
    }
    answer = httpx.post(url, json=body, trust_env=False)
    assert answer.status_code == 202
    nonce = answer.json()["creditCards"][0]["nonce"]
    assert gateway.payment_method_nonce.find(nonce).nonce == nonce


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"authorizationFingerprint": "x"}, 404),
        ({"creditCard": {"number": "4"}}, 422),
        ({"creditCard": 1}, 400),
        ({"threeDSecure": "moon"}, 400),
    ],
    ids=str,
)
def test_json_that_is_wrong_is_refused(token: str, changes: dict[str, Any], status: int) -> None:
    opened = json.loads(b64decode(token))
    body = {
        "authorizationFingerprint": opened["authorizationFingerprint"],
        "creditCard": {"number": "4111111111111111"},
        **changes,
    }
    url = f"{opened['clientApiUrl']}/v1/payment_methods/credit_cards"
    assert httpx.post(url, json=body, trust_env=False).status_code == status
