import pytest
from tests.emulators.merchant import Merchant, error, success


def page(merchant: Merchant, **query: object) -> dict[str, object]:
    return success(merchant.http.get("/v1/changed-payments", params={"since": 0, **query}))


def test_what_changed_is_listed_page_by_page(merchant: Merchant) -> None:
    made = [merchant.create_payment(reference=f"attempt-{number}") for number in range(3)]
    assert page(merchant, limit=2) == {"data": made[:2], "has_more": True}
    assert page(merchant, limit=2, after=made[1]["id"]) == {"data": made[2:], "has_more": False}


def test_what_did_not_change_since_is_left_out(merchant: Merchant) -> None:
    payment = merchant.paid_payment()
    assert page(merchant, since=payment["updated"])["data"] == [payment]
    assert page(merchant, since=payment["updated"] + 1)["data"] == []


def test_another_account_is_listed_nothing(merchant: Merchant, other_merchant: Merchant) -> None:
    payment = merchant.create_payment()
    assert page(other_merchant) == {"data": [], "has_more": False}
    response = other_merchant.http.get(
        "/v1/changed-payments", params={"since": 0, "after": payment["id"]}
    )
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("param", "value"),
    [("since", ""), ("since", "-1"), ("limit", "0"), ("limit", "x"), ("to", "1")],
)
def test_a_wrong_parameter_is_named(merchant: Merchant, param: str, value: str) -> None:
    response = merchant.http.get("/v1/changed-payments", params={"since": "0", param: value})
    assert response.status_code == 400
    assert error(response)["param"] == param
