"""VAT is contained in a gross price."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joanie.common.money import MINOR_UNITS, Money, from_minor_units, is_representable
from joanie.payment.ledger.vat import contained_vat

grosses = st.builds(
    from_minor_units, st.integers(min_value=0, max_value=10**11), st.sampled_from([*MINOR_UNITS])
)
rates = st.decimals(min_value=0, max_value=100, places=2)


@pytest.mark.parametrize(
    ("gross", "rate", "net", "vat"),
    [
        (Money("120.00", "EUR"), "20", "100.00", "20.00"),
        (Money("99.99", "EUR"), "20", "83.33", "16.66"),
        (Money("0.01", "EUR"), "20", "0.01", "0.00"),
        (Money("100.00", "EUR"), "5.5", "94.79", "5.21"),
        (Money("1.01", "EUR"), "100", "0.51", "0.50"),
        (Money("1000", "JPY"), "10", "909", "91"),
        (Money("1", "JPY"), "100", "1", "0"),
        (Money("12.345", "KWD"), "5", "11.757", "0.588"),
        (Money("120.00", "EUR"), "0", "120.00", "0.00"),
        (Money("0.00", "EUR"), "20", "0.00", "0.00"),
    ],
    ids=str,
)
def test_vat_is_what_the_gross_has_above_the_net(
    gross: Money, rate: str, net: str, vat: str
) -> None:
    contained = contained_vat(gross, Decimal(rate))
    assert contained == Money(vat, gross.currency)
    assert gross - contained == Money(net, gross.currency)


@given(grosses, rates)
def test_net_and_vat_add_up_and_can_be_paid(gross: Money, rate: Decimal) -> None:
    vat = contained_vat(gross, rate)
    net = gross - vat
    assert net + vat == gross
    assert is_representable(vat)
    assert is_representable(net)
    assert 0 <= vat.amount <= gross.amount


@given(grosses, rates)
def test_a_credit_note_gives_back_the_vat_of_the_invoice(gross: Money, rate: Decimal) -> None:
    assert contained_vat(-gross, rate) == -contained_vat(gross, rate)


@given(grosses, rates, rates)
def test_a_higher_rate_contains_no_less(gross: Money, rate: Decimal, other: Decimal) -> None:
    lower, higher = sorted([rate, other])
    assert contained_vat(gross, lower) <= contained_vat(gross, higher)
