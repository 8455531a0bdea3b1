"""A mail is written with what it tells about: once, or not at all."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from tests.concurrency import at_once
from tests.payment.ledger.books import (
    charge_back,
    fail,
    give_back,
    invoice_of,
    notes_of,
    pay,
    queued,
    take_back,
    update,
    win_back,
)
from tests.payment.mails.post import SEND, make_order

from joanie.common.money import Money
from joanie.core.factories import OrderFactory, ProductFactory, UserFactory
from joanie.core.models import Order
from joanie.payment.documents.storage import ensure_pdf
from joanie.payment.factories import CreditCardFactory, PaymentFactory
from joanie.payment.ledger.credit_cards import remember_card
from joanie.payment.mails.outbox import tell_order_expired, tell_payment_failed
from joanie.payment.models import CreditCard, Mail
from joanie.payment.services.abort import abort_order, expire_orders
from joanie.payment.services.checkout import place_order
from joanie.payment.services.credit_cards import warn_of_expiring_cards

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return make_order("fr")


def keys() -> list[str]:
    return [*Mail.objects.order_by("created_on").values_list("key", flat=True)]


def remember(owner: Any, token: str = "card_1", year: int = 2031) -> CreditCard:
    card: Any = {
        "token": token,
        "brand": "Visa",
        "last_numbers": "4242",
        "expiration_month": 12,
        "expiration_year": year,
    }
    return remember_card(owner=owner, backend="dummy", card=card)


def test_a_paid_order_is_told_of_when_its_document_is_there(order: Order) -> None:
    pay(order)
    assert keys() == []
    ensure_pdf(invoice_of(order).pk)
    mail = Mail.objects.get()
    assert (mail.key, mail.kind, mail.language) == (f"order_paid:{order.pk}", "order_paid", "fr")
    assert (mail.owner, mail.order, mail.proforma_invoice) == (
        order.owner,
        order,
        invoice_of(order),
    )
    assert queued(SEND) == [{"mail_id": str(mail.pk)}]


def test_a_document_that_is_there_already_is_not_told_of_again(order: Order) -> None:
    pay(order)
    for _ in range(2):
        ensure_pdf(invoice_of(order).pk)
    assert len(keys()) == len(queued(SEND)) == 1


def test_a_short_payment_is_no_paid_order_until_the_rest_comes(order: Order) -> None:
    pay(order, 50)
    ensure_pdf(invoice_of(order).pk)
    assert keys() == []
    pay(order, 70, reference="pay_2")
    assert keys() == [f"order_paid:{order.pk}"]
    assert len(queued(SEND)) == 1


def test_a_rest_that_comes_before_the_document_is_told_of_once(order: Order) -> None:
    pay(order, 50)
    pay(order, 70, reference="pay_2")
    assert keys() == []
    ensure_pdf(invoice_of(order).pk)
    assert keys() == [f"order_paid:{order.pk}"]


def test_money_for_a_canceled_order_is_no_paid_order(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(state="canceled")
    pay(order)
    ensure_pdf(invoice_of(order).pk)
    assert keys() == []


@pytest.mark.django_db(transaction=True)
def test_a_rest_and_a_document_at_the_same_moment_make_one_mail() -> None:
    order = make_order()
    pay(order, 50)
    invoice = invoice_of(order)
    results = at_once(lambda: pay(order, 70, reference="pay_2"), lambda: ensure_pdf(invoice.pk))
    assert not [result for result in results if isinstance(result, Exception)]
    assert keys() == [f"order_paid:{order.pk}"]


def test_a_free_order_is_confirmed_at_once() -> None:
    product = ProductFactory(price=Money(0, "EUR"))
    checkout = place_order(
        owner=UserFactory(), course=product.courses.get(), product=product, language="en"
    )
    assert keys() == [f"order_paid:{checkout.order.pk}"]


def test_a_refund_is_told_of_when_its_credit_note_is_there(order: Order) -> None:
    pay(order)
    give_back(order, 20)
    give_back(order, 30, reference="re_2")
    for note in notes_of(order):
        ensure_pdf(note.pk)
    assert keys() == [f"order_refunded:{note.pk}" for note in notes_of(order)]


def test_a_credit_note_taken_back_is_not_told_of(order: Order) -> None:
    pay(order)
    give_back(order)
    take_back(order)
    _note, reversal = notes_of(order)
    ensure_pdf(reversal.pk)
    assert keys() == []


def test_what_the_bank_took_back_and_gave_again_is_not_told_of(order: Order) -> None:
    pay(order)
    charge_back(order)
    win_back(order)
    for note in notes_of(order):
        ensure_pdf(note.pk)
    assert keys() == []


def test_a_failed_payment_is_told_of(order: Order) -> None:
    fail(order)
    fail(order)
    mail = Mail.objects.get()
    assert mail.payment is not None
    assert (mail.key, mail.payment.provider_reference) == (
        f"payment_failed:{mail.payment.pk}",
        "pay_1",
    )


def test_a_page_that_expired_is_told_of_like_a_failure(order: Order) -> None:
    update(order, "expired")
    assert [mail.kind for mail in Mail.objects.all()] == ["payment_failed"]


def test_an_attempt_that_is_not_the_latest_fails_in_silence(order: Order) -> None:
    PaymentFactory(order=order)
    fail(order)
    assert keys() == []


def test_an_expired_order_is_told_of(order: Order) -> None:
    order.payments.update(state="failed")
    assert expire_orders(timezone.now() + timedelta(days=2)) == 1
    assert keys() == [f"order_expired:{order.pk}"]
    assert Order.objects.get(pk=order.pk).state == "canceled"


def test_an_order_that_its_owner_gave_up_is_not(order: Order) -> None:
    order.payments.update(state="failed")
    abort_order(order=order)
    assert keys() == []


def test_a_new_card_is_told_of_once(order: Order) -> None:
    card = remember(order.owner)
    remember(order.owner, year=2033)
    remember(UserFactory())
    assert keys() == [f"card_saved:{card.pk}"]
    assert Mail.objects.get().language == "fr"


def test_a_learner_without_orders_is_told_in_the_language_of_the_site(settings: Any) -> None:
    settings.LANGUAGE_CODE = "fr"
    remember(UserFactory())
    assert Mail.objects.get().language == "fr"


def expiring(month: int, year: int = 2026, **details: Any) -> CreditCard:
    card: CreditCard = CreditCardFactory(expiration_month=month, expiration_year=year, **details)
    return card


def test_owners_of_cards_in_their_last_thirty_days_are_warned_once() -> None:
    card = expiring(11)
    expiring(12)
    expiring(11, year=2027)
    expiring(11, state="revoked")
    assert warn_of_expiring_cards(date(2026, 10, 30)) == 0
    assert warn_of_expiring_cards(date(2026, 10, 31)) == 1
    assert warn_of_expiring_cards(date(2026, 11, 30)) == 0
    assert keys() == [f"card_expiring:{card.pk}:2026-11"]


def test_two_months_may_end_within_thirty_days() -> None:
    cards = [expiring(1, year=2027), expiring(2, year=2027)]
    assert warn_of_expiring_cards(date(2027, 1, 31)) == 2
    assert keys() == [
        f"card_expiring:{card.pk}:2027-{number:02}" for number, card in enumerate(cards, 1)
    ]


def test_a_card_that_was_renewed_is_warned_of_again_in_its_time() -> None:
    card = expiring(11)
    assert warn_of_expiring_cards(date(2026, 11, 21)) == 1
    CreditCard.objects.update(expiration_year=2029)
    assert warn_of_expiring_cards(date(2026, 11, 22)) == 0
    assert warn_of_expiring_cards(date(2029, 11, 22)) == 1
    assert keys()[-1] == f"card_expiring:{card.pk}:2029-11"


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_warn_once() -> None:
    expiring(11)
    sweep = [lambda: warn_of_expiring_cards(date(2026, 11, 21))] * 2
    assert not [result for result in at_once(*sweep) if isinstance(result, Exception)]
    assert len(keys()) == len(queued(SEND)) == 1


@pytest.mark.django_db(transaction=True)
def test_telling_twice_at_the_same_moment_makes_one_mail_and_one_job() -> None:
    order = OrderFactory(state="canceled")

    def tell() -> None:
        with transaction.atomic():
            tell_order_expired(order)

    assert at_once(tell, tell, tell) == [None, None, None]
    assert len(keys()) == len(queued(SEND)) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_told_of() -> None:
    payment = PaymentFactory()
    with transaction.atomic():
        tell_payment_failed(payment.order, payment)
        transaction.set_rollback(True)
    assert (keys(), queued(SEND)) == ([], [])
