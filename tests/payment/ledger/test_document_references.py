"""Documents are numbered as the host wants, and a number is never missing nor there twice."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from tests.payment.ledger.books import give_back, invoice_of, notes_of, pay

from joanie.core.factories import OrganizationFactory
from joanie.core.models import Order, Organization
from joanie.payment.factories import PaymentFactory, ProformaInvoiceFactory
from joanie.payment.ledger.references import Kind, next_reference, read_format
from joanie.payment.models import ProformaInvoice

pytestmark = pytest.mark.django_db

THE_DAY = date(2026, 11, 21)


@pytest.fixture
def seller() -> Organization:
    seller: Organization = OrganizationFactory(code="VALCLAIR")
    return seller


def write(settings: Settings, **formats: Any) -> None:
    settings.JOANIE = {**settings.JOANIE, "DOCUMENT_REFERENCES": formats}


def number(seller: Organization, on: date = THE_DAY, kind: Kind = Kind.PROFORMA_INVOICE) -> str:
    """Number a document, and issue it."""
    reference = next_reference(kind, seller, on)
    ProformaInvoiceFactory(reference=reference)
    return reference


@pytest.mark.parametrize(
    ("form", "references"),
    [
        ("F{year}.{month}-{organization}_{number:04d}", ["F2026.11-VALCLAIR_0001", "…0002"]),
        ("{organization}-{number}", ["VALCLAIR-1", "…2"]),
        ("{number:03d}-of-{year}", ["001-of-2026", "002-of-2026"]),
    ],
)
def test_a_format_is_the_host_s(
    settings: Settings, seller: Organization, form: str, references: list[str]
) -> None:
    write(settings, proforma_invoice=form)
    first, second = number(seller), number(seller)
    assert first == references[0]
    assert second.endswith(references[1].removeprefix("…"))


def test_an_order_s_documents_have_it(settings: Settings) -> None:
    write(settings, proforma_invoice="F-{number:05d}", credit_note="AV-{number:05d}")
    order: Order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    give_back(order)
    assert invoice_of(order).reference == "F-00001"
    assert [note.reference for note in notes_of(order)] == ["AV-00001"]
    assert notes_of(order)[0].content["corrects"] == "F-00001"


def test_a_kind_that_is_left_out_has_its_default(settings: Settings) -> None:
    write(settings, credit_note="AV-{number:05d}")
    order: Order = PaymentFactory(provider_reference="pay_1").order
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False):
        pay(order)
    assert invoice_of(order).reference == f"PF-{order.organization.code}-2026-000001"


def test_numbers_begin_again_with_each_new_value_of_the_other_fields(
    settings: Settings, seller: Organization
) -> None:
    write(settings, proforma_invoice="{organization}-{year}.{month}-{number}")
    given = [number(seller, on) for on in (THE_DAY, date(2026, 12, 1), date(2027, 12, 1))]
    other = number(OrganizationFactory(code="OTHER"))
    assert given == ["VALCLAIR-2026.11-1", "VALCLAIR-2026.12-1", "VALCLAIR-2027.12-1"]
    assert other == "OTHER-2026.11-1"


def test_numbers_without_a_year_never_begin_again(
    settings: Settings, seller: Organization
) -> None:
    write(settings, proforma_invoice="{organization}-{number}")
    assert [number(seller, date(year, 1, 1)) for year in (2026, 2027)] == [
        "VALCLAIR-1",
        "VALCLAIR-2",
    ]


def test_a_format_that_changes_goes_on_counting(settings: Settings, seller: Organization) -> None:
    before = number(seller)
    write(settings, proforma_invoice="F-{organization}-{year}-{number:04d}")
    assert (before, number(seller)) == ("PF-VALCLAIR-2026-000001", "F-VALCLAIR-2026-0002")


def test_a_reference_of_another_format_s_days_is_passed_over(
    settings: Settings, seller: Organization
) -> None:
    issued = [number(seller) for _ in range(3)]
    write(
        settings,
        proforma_invoice="F-{number}",
        credit_note="PF-{organization}-{year}-{number:06d}",
    )
    given = [number(seller, kind=Kind.CREDIT_NOTE) for _ in range(2)]
    assert given == ["PF-VALCLAIR-2026-000004", "PF-VALCLAIR-2026-000005"]
    assert ProformaInvoice.objects.filter(reference__in=[*issued, *given]).count() == 5


def test_a_format_that_cannot_be_used_holds_up_no_money(settings: Settings) -> None:
    write(settings, proforma_invoice="{order}-{number}")
    order: Order = PaymentFactory(provider_reference="pay_1").order
    pay(order)
    assert invoice_of(order).reference.startswith(f"PF-{order.organization.code}-")


CODES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,5}\Z")
SEPARATORS = st.sampled_from(["-", ".", "_", "A", "-1-", "PF"])


@given(
    st.permutations(["{organization}", "{year}", "{month}", "{number:02d}"]),
    st.tuples(SEPARATORS, SEPARATORS, SEPARATORS),
    st.tuples(st.tuples(CODES, st.dates(), st.integers(1, 9999)), st.data()),
)
def test_no_two_documents_can_be_called_the_same(
    fields: list[str], between: tuple[str, str, str], drawn: Any
) -> None:
    one, data = drawn
    other = data.draw(st.tuples(CODES, st.dates(), st.integers(1, 9999)))
    a, b, c = between
    form = read_format(f"{fields[0]}{a}{fields[1]}{b}{fields[2]}{c}{fields[3]}")

    def call(code: str, on: date, count: int) -> str:
        values = {"organization": code, "year": f"{on.year:04d}", "month": f"{on.month:02d}"}
        return form.write(count, values)

    def series(code: str, on: date, count: int) -> tuple[object, ...]:
        return code, on.year, on.month, count

    assert (call(*one) == call(*other)) == (series(*one) == series(*other))
