"""What reconciliation left to people: found, read and settled in the admin."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from tests.admin.staff import Make, list_of, page_of, press, read
from tests.admin.test_matters import matters_on
from tests.admin.test_statements import statements_of
from tests.shop import fresh
from tests.statements import listing

from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Difference

pytestmark = pytest.mark.django_db


def differ(subject: str = "re_1", **changes: Any) -> Difference:
    values = {
        "backend": "dummy",
        "kind": "refund",
        "subject": subject,
        "payment": PaymentFactory(),
        "ours": "succeeded 30.00 EUR",
        **changes,
    }
    return Difference.objects.create(**values)


def heal(difference: Difference) -> Difference:
    Difference.objects.filter(pk=difference.pk).update(state="healed", settled_at=timezone.now())
    return fresh(difference)


def test_what_is_open_is_a_matter_that_leads_to_a_list_of_just_that(boss: Client) -> None:
    differ()
    heal(differ("re_2"))
    (address,) = matters_on(read(boss, "/admin/"))
    page = read(boss, address)
    assert "re_1" in page
    assert "re_2" not in page


def test_a_difference_is_settled_with_a_reason_that_is_kept(boss: Client) -> None:
    difference = differ()
    page = press(boss, difference, "settle", reason="Given back by hand")
    assert "The difference is settled." in page
    assert fresh(difference).state == "settled"
    assert LogEntry.objects.get().change_message == "Settled: Given back by hand"


def test_settling_needs_a_reason(boss: Client) -> None:
    difference = differ()
    press(boss, difference, "settle", reason="")
    assert fresh(difference).state == "open"


def test_settling_twice_is_written_once(boss: Client) -> None:
    difference = differ()
    for _ in range(2):
        press(boss, difference, "settle", reason="x")
    assert LogEntry.objects.count() == 1


def test_what_is_healed_is_not_settled(boss: Client) -> None:
    difference = heal(differ())
    assert page_of(difference, "settle") not in read(boss, page_of(difference))
    press(boss, difference, "settle", reason="x")
    assert fresh(difference).state == "healed"


def test_the_button_is_for_those_who_may_settle(clerk: Make) -> None:
    difference = differ()
    reader = clerk("view_difference", "change_difference", "review_payment")
    assert page_of(difference, "settle") not in read(reader, page_of(difference))
    assert reader.post(page_of(difference, "settle"), {"reason": "x"}).status_code == 403
    press(clerk("view_difference", "settle_difference"), difference, "settle", reason="x")
    assert fresh(difference).state == "settled"


def test_nobody_writes_one_by_hand(boss: Client) -> None:
    difference = differ()
    assert boss.get(f"{list_of(Difference)}add/").status_code == 403
    assert boss.post(page_of(difference), {"state": "settled"}).status_code == 403
    assert boss.post(page_of(difference, "delete"), {"post": "yes"}).status_code == 403


def test_money_that_is_unknown_here_is_shown_without_an_order(boss: Client) -> None:
    difference = differ("pay_9", kind="unknown_here", payment=None)
    assert "pay_9" in read(boss, list_of(Difference), q="pay_9")
    assert "At the provider, unknown here" in read(boss, page_of(difference))


def test_an_order_tells_what_differed_what_was_healed_and_what_staff_settled(
    boss: Client,
) -> None:
    healed = heal(differ())
    settled = differ("re_2", payment=healed.payment)
    press(boss, settled, "settle", reason="Given back by hand")
    assert healed.payment is not None
    page = read(boss, page_of(healed.payment.order))
    assert "Differed from the provider: other refunds at the provider" in page
    assert "dummy re_1: here succeeded 30.00 EUR, there -" in page
    assert "The same as at the provider again" in page
    assert "Settled: Given back by hand" in page


def test_a_list_takes_as_many_statements_for_six_rows_as_for_two(boss: Client) -> None:
    for number in range(2):
        differ(f"re_{number}")
    few = statements_of(boss, list_of(Difference))
    for number in range(2, 6):
        differ(f"re_{number}")
    many = statements_of(boss, list_of(Difference))
    assert len(many) == len(few), listing(many)


def test_an_order_takes_as_many_statements_for_six_as_for_two(boss: Client) -> None:
    payment = PaymentFactory()
    for number in range(2):
        differ(f"re_{number}", payment=payment)
    few = statements_of(boss, page_of(payment.order))
    for number in range(2, 6):
        differ(f"re_{number}", payment=payment)
    many = statements_of(boss, page_of(payment.order))
    assert len(many) == len(few), listing(many)
