"""What a person may enter as a price."""

import pytest
from django.core.exceptions import ValidationError

from joanie.common.money import Money
from joanie.core.models import Product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "price",
    [
        Money("120.00", "EUR"),
        Money("0", "EUR"),
        Money("15000", "JPY"),
        Money("12.345", "KWD"),
    ],
    ids=repr,
)
def test_a_price_that_its_currency_can_express_is_accepted(price: Money) -> None:
    Product(title="A course", price=price).full_clean()


@pytest.mark.parametrize(
    "price",
    [
        None,
        Money("0.005", "EUR"),
        Money("0.5", "JPY"),
        Money("1.2345", "KWD"),
        Money("1e40", "EUR"),
        Money("1", "XAU"),
    ],
    ids=repr,
)
def test_a_price_that_cannot_be_paid_is_refused_beside_its_field(price: Money | None) -> None:
    with pytest.raises(ValidationError) as refusal:
        Product(title="A course", price=price).full_clean()
    assert set(refusal.value.message_dict) == {"price"}


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(ValidationError, match="product_price_is_not_negative"):
        Product(title="A course", price=Money("-1", "EUR")).full_clean()
