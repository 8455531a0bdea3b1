"""What is credited in parts adds up to what was invoiced, VAT included."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from tests.common.sql import execute, without_triggers
from tests.payment.ledger.books import give_back, invoice_of, notes_of, pay, take_back

from joanie.common.money import Money, from_minor_units
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.vat import contained_vat, credited_vat
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import ProformaInvoice

THIRDS = ("33.33", "33.33", "33.34")
parts = st.lists(st.integers(min_value=1, max_value=10_000), min_size=1, max_size=8)
rates = st.decimals(min_value=0, max_value=100, places=2)


def _paid(price: Money) -> Order:
    order: Order = PaymentFactory(order__total=price, provider_reference="pay_1").order
    pay(order)
    return order


def _vat_of_notes(order: Order) -> list[Decimal]:
    return [-note.vat_amount for note in notes_of(order)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("price", "amounts", "vat"),
    [
        (Money("100.00", "EUR"), THIRDS, ["5.55", "5.55", "5.57"]),
        (Money("100.00", "EUR"), ("100.00",), ["16.67"]),
        (Money("120.00", "EUR"), ("20.00", "100.00"), ["3.33", "16.67"]),
        (Money("1000", "JPY"), ("333", "333", "334"), ["55", "55", "57"]),
        (Money("10.000", "KWD"), ("3.333", "3.333", "3.334"), ["0.555", "0.555", "0.557"]),
        (Money("0.06", "EUR"), ("0.01",) * 6, ["0", "0", "0", "0", "0", "0.01"]),
    ],
    ids=str,
)
def test_the_last_credit_note_takes_the_vat_that_is_left(
    price: Money, amounts: tuple[str, ...], vat: list[str]
) -> None:
    order = _paid(price)
    for number, amount in enumerate(amounts):
        give_back(order, amount, f"re_{number}")
    assert _vat_of_notes(order) == [Decimal(each) for each in vat]
    assert sum(_vat_of_notes(order)) == invoice_of(order).vat_amount
    assert [*verify_ledger()] == []


@pytest.mark.django_db
def test_a_credit_note_is_taken_back_with_its_own_vat() -> None:
    order = _paid(Money("100.00", "EUR"))
    for number, amount in enumerate(THIRDS):
        give_back(order, amount, f"re_{number}")
    take_back(order, "re_2")
    take_back(order, "re_0")
    assert [str(vat) for vat in _vat_of_notes(order)[3:]] == ["-5.570", "-5.550"]
    give_back(order, "66.67", "re_3")
    assert sum(_vat_of_notes(order)) == invoice_of(order).vat_amount
    assert [*verify_ledger()] == []


@pytest.mark.django_db
@pytest.mark.parametrize("position", range(4))
def test_vat_that_is_wrong_by_a_unit_is_found_on_any_correction(
    position: int, capsys: pytest.CaptureFixture[str]
) -> None:
    order = _paid(Money("100.00", "EUR"))
    for number, amount in enumerate(THIRDS):
        give_back(order, amount, f"re_{number}")
    take_back(order, "re_1")
    note = notes_of(order)[position]
    with without_triggers(ProformaInvoice):
        execute(
            "UPDATE joanie_payment_proformainvoice SET vat_amount = vat_amount + 0.01"
            f" WHERE reference = '{note.reference}'"
        )
    with pytest.raises(CommandError, match=": 1 discrepanc"):
        call_command("verify_ledger")
    assert note.reference in capsys.readouterr().err


@given(parts, rates)
def test_parts_of_any_size_add_up_and_none_has_more_vat_than_it_is_worth(
    parts: list[int], rate: Decimal
) -> None:
    left = from_minor_units(sum(parts), "EUR")
    vat_left = contained_vat(left, rate)
    for part in parts:
        credited = from_minor_units(part, "EUR")
        vat = credited_vat(credited, rate, left=left, vat_left=vat_left)
        assert 0 <= vat.amount <= credited.amount
        left, vat_left = left - credited, vat_left - vat
    assert left.amount == vat_left.amount == 0


def test_cents_one_by_one_give_back_all_the_vat() -> None:
    left, vat_left, cent = Money("1.00", "EUR"), Money("0.17", "EUR"), Money("0.01", "EUR")
    given_back = []
    for _ in range(100):
        vat = credited_vat(cent, Decimal(20), left=left, vat_left=vat_left)
        given_back.append(vat)
        left, vat_left = left - cent, vat_left - vat
    assert [vat.amount for vat in given_back] == [0] * 83 + [Decimal("0.01")] * 17
