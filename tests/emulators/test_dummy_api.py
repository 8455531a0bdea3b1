import pytest
from tests.emulators.merchant import Merchant, error, success
from tests.emulators.receiver import Receiver


def test_a_new_payment_waits_on_its_hosted_page(merchant: Merchant, base_url: str) -> None:
    response = merchant.post_payment()

    assert response.status_code == 201
    payment = response.json()
    assert payment["id"].startswith("pay_")
    assert payment["status"] == "requires_payment"
    assert (payment["amount"], payment["currency"]) == (12000, "EUR")
    assert payment["url"] == f"{base_url}/pay/{payment['id']}"
    assert payment["card"] is None
    assert payment["refunds"] == []


def test_a_payment_is_retrieved_by_id_and_found_by_reference(merchant: Merchant) -> None:
    payment = merchant.create_payment(reference="attempt-7")
    merchant.create_payment(reference="attempt-8")

    assert merchant.retrieve(payment) == payment
    found = success(merchant.http.get("/v1/payments", params={"reference": "attempt-7"}))
    assert found == {"data": [payment]}


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Bearer", "Bearer é", "Basic eDp5"])
def test_a_call_without_a_known_secret_is_refused(merchant: Merchant, authorization: str) -> None:
    headers = {b"Authorization": authorization.encode()}

    for path in ("/v1/payments?reference=r", "/control", "/control/notifications"):
        response = merchant.http.get(path, headers=headers)
        assert response.status_code == 401
        assert error(response)["code"] == "unauthorized"


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("amount", 0),
        ("amount", 12.5),
        ("amount", True),
        ("amount", "12000"),
        ("currency", "euro"),
        ("reference", ""),
        ("description", None),
        ("language", "de"),
        ("save_card", "yes"),
        ("return_url", "javascript:alert(1)"),
        ("cancel_url", "/relative"),
        ("notification_url", "https://shop.example/notifications"),
        ("notification_url", "http://169.254.169.254/latest"),
        ("notification_url", "http://127.0.0.1.example.org/"),
        ("notification_url", "http://127.0.0.1@example.org/"),
        ("notification_url", "file:///etc/passwd"),
        ("amout", 12),
    ],
)
def test_a_wrong_field_is_named(merchant: Merchant, param: str, value: object) -> None:
    response = merchant.post_payment(**{param: value})

    assert response.status_code == 400
    assert error(response)["code"] == "invalid_request"
    assert error(response)["param"] == param


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"text"'])
def test_a_body_that_is_no_object_is_refused(merchant: Merchant, content: str) -> None:
    response = merchant.http.post("/v1/payments", content=content)

    assert response.status_code == 400
    assert error(response)["code"] == "invalid_request"


def test_a_currency_in_lower_case_is_understood(merchant: Merchant) -> None:
    assert merchant.create_payment(currency="eur")["currency"] == "EUR"


def test_the_amount_refused_at_creation_leaves_a_failed_payment(
    merchant: Merchant, receiver: Receiver
) -> None:
    response = merchant.post_payment(amount=100_004)

    assert response.status_code == 402
    refusal = error(response)
    assert (refusal["code"], refusal["failure_code"]) == ("declined", "declined")
    assert merchant.retrieve({"id": refusal["payment"]})["status"] == "failed"
    assert receiver.wait_for()[0].type == "payment.failed"


def test_an_open_payment_is_canceled_once(merchant: Merchant) -> None:
    payment = merchant.create_payment()

    assert success(merchant.cancel(payment))["status"] == "canceled"
    assert success(merchant.cancel(payment))["status"] == "canceled"
    assert [each["type"] for each in merchant.notifications()] == ["payment.canceled"]


@pytest.mark.parametrize(
    ("status", "code"),
    [("succeeded", "payment_already_paid"), ("processing", "payment_processing")],
)
def test_a_payment_that_the_bank_has_is_not_canceled(
    merchant: Merchant, status: str, code: str
) -> None:
    payment = merchant.create_payment()
    merchant.settle(payment, status=status)

    response = merchant.cancel(payment)

    assert response.status_code == 409
    assert error(response)["code"] == code


@pytest.mark.parametrize(("status", "then"), [("expired", "expired"), ("failed", "canceled")])
def test_canceling_a_payment_that_nobody_can_pay_is_a_success(
    merchant: Merchant, status: str, then: str
) -> None:
    payment = merchant.create_payment()
    merchant.settle(payment, status=status)

    assert success(merchant.cancel(payment))["status"] == then


def test_another_account_sees_nothing_of_a_payment(
    merchant: Merchant, other_merchant: Merchant
) -> None:
    payment = merchant.paid_payment()
    path = f"/v1/payments/{payment['id']}"

    assert other_merchant.http.get(path).status_code == 404
    assert other_merchant.cancel(payment).status_code == 404
    assert other_merchant.post_refund(payment, 100).status_code == 404
    settle = f"/control/payments/{payment['id']}/settle"
    assert other_merchant.http.post(settle, json={"status": "failed"}).status_code == 404
    found = other_merchant.http.get("/v1/payments", params={"reference": payment["reference"]})
    assert success(found) == {"data": []}


def test_another_account_can_neither_charge_nor_delete_a_card(
    merchant: Merchant, other_merchant: Merchant
) -> None:
    token = merchant.saved_card()

    assert error(other_merchant.post_payment(card=token))["code"] == "card_unknown"
    assert other_merchant.http.delete(f"/v1/cards/{token}").status_code == 404


def test_an_unknown_path_is_answered_in_the_shape_of_errors(merchant: Merchant) -> None:
    response = merchant.http.get("/v1/nothing")

    assert response.status_code == 404
    assert error(response)["code"] == "not_found"


def test_a_name_pointed_at_this_machine_is_refused(merchant: Merchant) -> None:
    response = merchant.http.get("/", headers={"Host": "rebound.example"})

    assert response.status_code == 400
