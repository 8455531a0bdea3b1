from concurrent.futures import ThreadPoolExecutor

from tests.emulators.merchant import Merchant, error

KEY = {"Idempotency-Key": "key-1"}


def test_a_repeated_creation_is_answered_as_the_first_time(merchant: Merchant) -> None:
    body = merchant.payment_body()

    first = merchant.http.post("/v1/payments", json=body, headers=KEY)
    again = merchant.http.post("/v1/payments", json=body, headers=KEY)

    assert (again.status_code, again.content) == (201, first.content)
    found = merchant.http.get("/v1/payments", params={"reference": body["reference"]})
    assert len(found.json()["data"]) == 1


def test_creations_at_the_same_moment_make_one_payment(merchant: Merchant) -> None:
    body = merchant.payment_body()

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: merchant.http.post("/v1/payments", json=body, headers=KEY), range(8)
            )
        )

    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_key_used_for_another_body_is_refused(merchant: Merchant) -> None:
    merchant.http.post("/v1/payments", json=merchant.payment_body(), headers=KEY)

    response = merchant.http.post(
        "/v1/payments", json=merchant.payment_body(amount=1), headers=KEY
    )

    assert response.status_code == 409
    assert error(response)["code"] == "idempotency_mismatch"


def test_a_decline_is_repeated_too(merchant: Merchant) -> None:
    body = merchant.payment_body(amount=100_004)

    first = merchant.http.post("/v1/payments", json=body, headers=KEY)
    again = merchant.http.post("/v1/payments", json=body, headers=KEY)

    assert error(first)["payment"] == error(again)["payment"]


def test_a_refund_repeated_with_its_key_gives_back_once(merchant: Merchant) -> None:
    payment = merchant.paid_payment()
    path = f"/v1/payments/{payment['id']}/refunds"

    for _ in range(2):
        merchant.http.post(path, json={"amount": 500, "reference": "r"}, headers=KEY)

    assert merchant.retrieve(payment)["amount_refunded"] == 500


def test_a_key_whose_request_failed_is_free_again(merchant: Merchant) -> None:
    wrong, right = merchant.payment_body(amount=0), merchant.payment_body()

    assert merchant.http.post("/v1/payments", json=wrong, headers=KEY).status_code == 400
    assert merchant.http.post("/v1/payments", json=right, headers=KEY).status_code == 201


def test_two_accounts_may_use_the_same_key(merchant: Merchant, other_merchant: Merchant) -> None:
    body = merchant.payment_body()

    mine = merchant.http.post("/v1/payments", json=body, headers=KEY)
    theirs = other_merchant.http.post("/v1/payments", json=body, headers=KEY)

    assert mine.json()["id"] != theirs.json()["id"]


def test_the_answer_lost_on_its_way_comes_with_the_repetition(merchant: Merchant) -> None:
    merchant.instruct(
        api={"fail": [{"operation": "create_payment", "mode": "timeout_after", "seconds": 0}]}
    )
    body = merchant.payment_body()

    first = merchant.http.post("/v1/payments", json=body, headers=KEY)
    again = merchant.http.post("/v1/payments", json=body, headers=KEY)

    assert first.json()["id"] == again.json()["id"]
