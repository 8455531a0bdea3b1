"""What waits for a person, on the start page."""

import re
from html import unescape

import pytest
from django.test import Client
from tests.admin.staff import Make, read
from tests.payment.ledger.books import charge_back, pay, win_back

from joanie.common.money import Money
from joanie.core.factories import EnrollmentFactory, OrderFactory
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import PaymentNotification, Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def trouble() -> None:
    disputed = OrderFactory()
    pay(disputed)
    charge_back(disputed)
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
    assert len(lists) == 5
    for each in lists:
        assert read(boss, each).count('<th class="field-') == 1


@pytest.mark.usefixtures("trouble")
def test_people_are_shown_the_matters_that_they_may_look_at(clerk: Make) -> None:
    shown = matters_on(read(clerk("view_payment"), "/admin/"))
    assert [each.partition("?")[0] for each in shown] == ["/admin/joanie_payment/payment/"] * 2


def test_a_dispute_that_was_won_is_no_refund_that_failed(boss: Client) -> None:
    order = OrderFactory()
    pay(order)
    charge_back(order)
    win_back(order)
    assert matters_on(read(boss, "/admin/")) == []


def test_nothing_is_shown_when_all_is_well(boss: Client) -> None:
    assert "joanie-matters" not in read(boss, "/admin/")
