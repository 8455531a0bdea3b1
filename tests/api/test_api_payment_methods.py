import pytest
from pytest_django import Settings
from tests.api.api_client import NO_ID, Api

from joanie.common.money import Money
from joanie.core.factories import ProductFactory

PAGE = {
    "name": "page",
    "label": "Bank card",
    "flow": "redirect",
    "supports_one_click": True,
    "public": {},
}
EUROS = {
    "name": "euros",
    "label": "euros",
    "flow": "redirect",
    "supports_one_click": False,
    "public": {"publishable_key": "pk_1"},
}


def test_what_can_be_paid_with(anonymous: Api) -> None:
    assert anonymous.read("/payment-methods/") == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [PAGE, EUROS],
    }


def test_only_what_takes_the_currency_of_the_product(anonymous: Api) -> None:
    product = ProductFactory(price=Money(15000, "JPY"))
    assert anonymous.read("/payment-methods/", product=product.pk)["results"] == [PAGE]


@pytest.mark.parametrize(
    ("price", "offered"),
    [
        (Money("12.340", "KWD"), ["stripe"]),
        (Money("12.345", "KWD"), []),
        (Money("12.34", "EUR"), ["stripe", "braintree"]),
        (Money("0.00", "EUR"), ["stripe", "braintree"]),
    ],
)
def test_only_what_takes_the_amount_through_an_account_that_is_there(
    anonymous: Api, settings: Settings, price: Money, offered: list[str]
) -> None:
    folder = "joanie.payment.backends"
    backends = {
        "stripe": {"backend": f"{folder}.stripe.StripeBackend", "configuration": {}},
        "braintree": {
            "backend": f"{folder}.braintree.BraintreeBackend",
            "configuration": {"merchant_account_ids": {"EUR": "shop_eur"}},
        },
    }
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": backends}
    product = ProductFactory(price=price)
    methods = anonymous.read("/payment-methods/", product=product.pk)["results"]
    assert [method["name"] for method in methods] == offered


@pytest.mark.parametrize("product", ["not-a-uuid", NO_ID, "\x00"])
def test_a_product_that_is_not_there_is_a_400(anonymous: Api, product: str) -> None:
    response = anonymous.get("/payment-methods/", product=product)
    assert response.status_code == 400
    assert list(response.json()) == ["product"]


def test_the_dummy_is_offered_where_it_is_allowed_only(anonymous: Api, settings: Settings) -> None:
    entry = {"backend": "joanie.payment.backends.dummy.DummyPaymentBackend"}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {"dummy": entry}}
    assert anonymous.read("/payment-methods/")["count"] == 1
    settings.JOANIE = {**settings.JOANIE, "ALLOW_DUMMY": False}
    assert anonymous.read("/payment-methods/")["count"] == 0
