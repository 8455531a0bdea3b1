"""The page of an order, and its timeline."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone, translation
from tests.admin.staff import Make, list_of, page_of, press, read
from tests.payment.ledger.books import charge_back, fail, give_back, pay, win_back
from tests.shop import fresh

from joanie.common.money import Money
from joanie.core.factories import (
    CourseRunFactory,
    EnrollmentFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
    UserFactory,
)
from joanie.core.models import Order
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.refunds import book_refund_refusal
from joanie.payment.models import Mail, Payment, ProformaInvoice
from joanie.payment.reads.order_file import OrderFile
from joanie.payment.reads.timeline import Event, timeline_of
from joanie.payment.services.refunds import refund_payment

pytestmark = pytest.mark.django_db


def events_of(order: Order) -> list[Event]:
    return timeline_of(OrderFile.of(fresh(order)))


def texts_of(order: Order) -> list[str]:
    return [event.text for event in events_of(order)]


def test_a_purchase_is_told_in_the_order_it_happened() -> None:
    order = OrderFactory()
    PaymentFactory(order=order, provider_reference="pay_1")
    fail(order, "pay_1", "lost_or_stolen")
    pay(order, reference="pay_2")
    give_back(order)
    told = [text for text in texts_of(order) if not text.startswith("Mail")]
    assert told == [
        "Placed",
        "Attempt to pay",
        "The attempt ended: failed",
        "The provider told of a payment",
        "The attempt ended: succeeded",
        "Pro forma invoice issued",
        "Booked: payment",
        "Refund asked for",
        "Credit note issued",
        "Booked: refund",
    ]


def test_staff_see_the_real_reason_of_a_failure() -> None:
    order = OrderFactory()
    PaymentFactory(order=order, provider_reference="pay_1")
    fail(order, "pay_1", "lost_or_stolen")
    (failure,) = [event for event in events_of(order) if event.is_problem]
    assert failure.detail == "The card was reported lost or stolen. (lost_or_stolen)"


def test_a_refund_says_who_asked_and_why_it_failed() -> None:
    order = OrderFactory()
    payment = fresh(pay(order))
    refund = refund_payment(
        payment=payment,
        amount=Money(10, "EUR"),
        reason="Goodwill",
        requested_by=UserFactory(username="grace"),
    )
    book_refund_refusal(refund_id=refund.pk, failure="Card closed")
    asked, failed = [event for event in events_of(order) if event.kind == "refund"]
    assert (asked.actor, asked.detail, asked.money) == (
        "grace",
        "Asked by staff. Goodwill",
        Money(10, "EUR"),
    )
    assert (failed.text, failed.detail, failed.is_problem) == (
        "The refund failed",
        "Card closed",
        True,
    )


@pytest.mark.parametrize(
    ("end", "texts"),
    [
        (None, ["Disputed: the bank took money back"]),
        ("lost", ["Disputed: the bank took money back", "The dispute was lost"]),
        ("won", ["Disputed: the bank took money back", "The dispute was won"]),
    ],
)
def test_a_dispute_is_told_with_its_end(end: str | None, texts: list[str]) -> None:
    order = OrderFactory()
    pay(order)
    charge_back(order, is_lost=end == "lost")
    if end == "won":
        win_back(order)
    told = [event for event in events_of(order) if event.kind == "refund"]
    assert [event.text for event in told] == texts
    assert told[0].is_problem == (end is None)


def test_mails_say_whether_they_were_sent() -> None:
    order = OrderFactory()

    def write(key: str, **values: Any) -> None:
        Mail.objects.create(
            kind="order_paid", key=key, owner=order.owner, order=order, language="en", **values
        )

    write("1", sent_at=timezone.now(), sent_to="grace@example.org")
    write("2", dropped_because="No address")
    write("3")
    told = {event.text: event.detail for event in events_of(order) if event.kind == "mail"}
    assert told == {
        "Mail sent: Order paid": "grace@example.org",
        "Mail not sent: Order paid": "No address",
        "Mail waiting: Order paid": "",
    }


def test_enrollments_in_what_was_bought_are_told_and_others_are_not() -> None:
    run = CourseRunFactory(title="Spring", course__code="maths")
    order = OrderFactory()
    order.target_course_relations.create(course=run.course)
    EnrollmentFactory(owner=order.owner, course_run=run, state="failed", failure="HTTP 502")
    EnrollmentFactory(owner=order.owner)
    (told,) = [event for event in events_of(order) if event.kind == "enrollment"]
    assert (told.text, told.detail) == ("Enrolled", "maths: Spring. HTTP 502")


def test_what_staff_did_is_told(boss: Client) -> None:
    order = OrderFactory()
    press(boss, order, "cancel", reason="Asked by phone")
    told = events_of(order)[-1]
    assert (told.kind, told.text, told.actor) == ("staff", "Canceled: Asked by phone", "boss")


def test_a_host_without_the_admin_has_a_timeline_too(monkeypatch: pytest.MonkeyPatch) -> None:
    order = OrderFactory()
    monkeypatch.setattr(apps, "is_installed", lambda name: name != "django.contrib.admin")
    assert texts_of(order) == ["Placed"]


def test_the_page_shows_what_hangs_on_the_order(boss: Client) -> None:
    order = OrderFactory()
    pay(order)
    pay(order, reference="pay_2")
    page = read(boss, page_of(order))
    invoice, late = ProformaInvoice.objects.get(), Payment.objects.get(flag="late")
    for shown in (invoice.reference, "€240.00", "The order could no longer use it"):
        assert shown in page
    for linked in (page_of(invoice), page_of(invoice, "pdf"), page_of(late), page_of(order.owner)):
        assert linked in page


def test_money_in_another_currency_is_shown_apart(boss: Client) -> None:
    order = OrderFactory()
    pay(order, 15000, currency="JPY")
    page = read(boss, page_of(order))
    assert "kept apart:" in page
    assert "JP¥15,000" in page or "¥15,000" in page


def test_who_may_view_orders_alone_reads_everything_and_opens_nothing_else(clerk: Make) -> None:
    order = OrderFactory()
    pay(order)
    page = read(clerk("view_order"), page_of(order))
    assert ProformaInvoice.objects.get().reference in page
    assert "/admin/joanie_payment/" not in page


def test_what_others_wrote_is_escaped(boss: Client) -> None:
    order = OrderFactory(product=ProductFactory(title="<script>1</script>"))
    Mail.objects.create(
        kind="order_paid",
        key="1",
        owner=order.owner,
        order=order,
        language="en",
        dropped_because="<script>2</script>",
    )
    page = read(boss, page_of(order))
    assert "<script>1" not in page
    assert "<script>2" not in page


def test_the_page_speaks_french(boss: Client) -> None:
    order = OrderFactory()
    pay(order)
    page = boss.get(page_of(order), headers={"accept-language": "fr"}).content.decode()
    for text in (
        "Chronologie",
        "Passée",
        "Commande",
        "Facture pro forma émise",
        "120,00\xa0€",
        "Rembourser",
    ):
        assert text in page
    translation.deactivate()


@pytest.mark.parametrize(
    "find",
    [
        lambda order: str(order.pk),
        lambda order: order.owner.username,
        lambda order: order.owner.email,
        lambda order: order.proforma_invoices.get().reference.lower(),
        lambda order: order.payments.get().provider_reference,
    ],
)
def test_orders_are_found_by_what_people_have_at_hand(boss: Client, find: Any) -> None:
    order, other = OrderFactory(owner__username="grace"), OrderFactory(owner__username="other")
    pay(order)
    page = read(boss, list_of(Order), q=find(order))
    assert page_of(order) in page
    assert page_of(other) not in page


@pytest.mark.parametrize("text", ["nonsense", "%", "a b c", "\x00", "'"])
def test_odd_searches_find_nothing_and_break_nothing(boss: Client, text: str) -> None:
    order = OrderFactory()
    assert boss.get(list_of(Order), {"q": text}).status_code in {200, 302}
    assert order.state == "pending"


def test_orders_are_filtered_by_organization_and_day(boss: Client) -> None:
    order, other = OrderFactory(), OrderFactory()
    query = {"organization__id__exact": str(order.organization_id)}
    page = read(boss, list_of(Order), **query)
    assert page_of(order) in page
    assert page_of(other) not in page
    tomorrow = timezone.now() + timedelta(days=1)
    day = {f"created_on__{part}": getattr(tomorrow, part) for part in ("year", "month", "day")}
    assert page_of(order) not in read(boss, list_of(Order), **day)


def test_an_organization_to_filter_by_is_found_by_typing(boss: Client, clerk: Make) -> None:
    order = OrderFactory(organization=OrganizationFactory(code="SORBONNE"))
    query = {"app_label": "joanie_core", "model_name": "order", "field_name": "organization"}
    found = boss.get("/admin/autocomplete/", {**query, "term": "sorb"}).json()["results"]
    assert [each["id"] for each in found] == [str(order.organization_id)]
    assert clerk("view_order").get("/admin/autocomplete/", query).status_code == 403
