"""What waits for a person, on the start page."""

import re
from html import unescape

import pytest
from django.test import Client
from tests.admin.staff import Make, read
from tests.payment.ledger.books import pay

from joanie.common.money import Money
from joanie.core.factories import EnrollmentFactory, OrderFactory
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import PaymentNotification, Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def trouble() -> None:
    pay(OrderFactory(state="canceled"))
    PaymentNotification.objects.create(
        backend="dummy", method="POST", path="/", body=b"{}", state="dead"
    )
    EnrollmentFactory(state="failed")
    Refund.objects.create(
        payment=PaymentFactory(), amount=Money(1, "EUR"), origin="staff", state="failed"
    )


def matters_on(page: str) -> list[str]:
    panel = page.partition('id="joanie-matters"')[2].partition("</table>")[0]
    return [unescape(address) for address in re.findall('href="([^"]+)"', panel)]


@pytest.mark.usefixtures("trouble")
@pytest.mark.parametrize("address", ["/admin/", "/admin/joanie_payment/"])
def test_each_matter_leads_to_a_list_of_just_that(boss: Client, address: str) -> None:
    lists = matters_on(read(boss, address))
    assert len(lists) == 4
    for each in lists:
        assert read(boss, each).count('<th class="field-') == 1


@pytest.mark.usefixtures("trouble")
def test_people_are_shown_the_matters_that_they_may_look_at(clerk: Make) -> None:
    (only,) = matters_on(read(clerk("view_payment"), "/admin/"))
    assert only.startswith("/admin/joanie_payment/payment/")


def test_nothing_is_shown_when_all_is_well(boss: Client) -> None:
    assert "joanie-matters" not in read(boss, "/admin/")
