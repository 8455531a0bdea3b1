"""A mail of the outbox is sent once, to its learner, as long as it is true."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings
from tests.payment.ledger.books import fail, give_back, notes_of, pay, queued, take_back
from tests.payment.mails.post import (
    KINDS,
    SEND,
    card_expiring,
    card_saved,
    deliver,
    expired,
    failed,
    html_of,
    outbox,
    paid,
    refunded,
    sent,
    stored,
)

from joanie.common.exceptions import Busy
from joanie.common.transactions import NetworkInTransaction
from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.payment.documents.exceptions import DocumentCorrupted
from joanie.payment.documents.storage import read_pdf
from joanie.payment.factories import PaymentFactory
from joanie.payment.mails.sending import LEASE, resend_mail, send_mail
from joanie.payment.models import CreditCard, Mail
from joanie.payment.services.credit_cards import delete_card
from joanie.payment.services.forgotten_work import take_up_forgotten_work

pytestmark = pytest.mark.django_db


def drops(mail: Mail) -> str:
    """Try to send; give the reason why it was not."""
    before = len(outbox())
    send_mail(mail.pk)
    assert len(outbox()) == before
    return stored(mail).dropped_because


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_each_kind_is_sent_to_its_learner_once(make: Callable[[], Mail]) -> None:
    mail = make()
    for _ in range(2):
        deliver()
    (message,) = outbox()
    assert message.to == ["grace@example.org"]
    assert stored(mail).sent_to == "grace@example.org"
    assert stored(mail).sent_at is not None
    assert stored(mail).claimed_until is None


@pytest.mark.parametrize("make", [paid, refunded], ids=["paid", "refunded"])
def test_the_document_goes_along_as_it_is_stored(make: Callable[[], Mail]) -> None:
    mail = make()
    (attachment,) = sent(mail).attachments
    assert mail.proforma_invoice is not None
    assert attachment.filename == f"{mail.proforma_invoice.reference}.pdf"
    assert (attachment.content, attachment.mimetype) == (
        read_pdf(mail.proforma_invoice),
        "application/pdf",
    )


def test_a_mail_without_its_document_is_not_sent() -> None:
    mail = paid()
    assert mail.proforma_invoice is not None
    mail.proforma_invoice.pdf.storage.delete(mail.proforma_invoice.pdf.name)
    with pytest.raises(DocumentCorrupted):
        send_mail(mail.pk)
    assert (outbox(), stored(mail).sent_at, stored(mail).claimed_until) == ([], None, None)


def test_headers(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "The shop <shop@example.org>"
    mail = paid()
    headers = sent(mail).message()
    assert headers["From"] == "The shop <shop@example.org>"
    assert headers["Reply-To"] == "sales@ou.example"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"].startswith(f"<{mail.pk}.")
    assert headers["Message-ID"].endswith("@example.org>")


def test_a_mail_about_a_card_has_nobody_to_reply_to() -> None:
    assert "Reply-To" not in sent(card_saved()).message()


def test_nothing_is_sent_in_a_transaction() -> None:
    mail = card_saved()
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        send_mail(mail.pk)
    assert outbox() == []


def test_what_another_worker_holds_is_left_to_it_until_its_lease_is_over() -> None:
    mail = card_saved()
    Mail.objects.update(claimed_until=timezone.now() + LEASE)
    with pytest.raises(Busy):
        send_mail(mail.pk)
    assert outbox() == []
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        assert sent(mail).to == ["grace@example.org"]


def test_a_repetition_after_a_worker_was_killed_has_the_same_name() -> None:
    mail = card_saved()
    first = sent(mail)
    Mail.objects.update(sent_at=None, claimed_until=timezone.now() - timedelta(minutes=1))
    assert sent(mail).message()["Message-ID"] == first.message()["Message-ID"]


def test_a_mail_that_staff_asks_for_again_is_another_one() -> None:
    mail = card_saved()
    first = sent(mail)
    for _ in range(2):
        resend_mail(mail.pk)
    messages = deliver()
    assert len(messages) == 2
    assert messages[1].message()["Message-ID"] != first.message()["Message-ID"]


def test_a_mail_that_was_dropped_can_be_asked_for_again() -> None:
    mail = card_saved()
    Mail.objects.update(dropped_because="No address.")
    assert drops(mail) == "No address."
    resend_mail(mail.pk)
    assert len(deliver()) == 1
    assert stored(mail).dropped_because == ""


def test_a_mail_that_is_being_sent_cannot_be_asked_for() -> None:
    mail = card_saved()
    Mail.objects.update(claimed_until=timezone.now() + LEASE)
    with pytest.raises(Busy):
        resend_mail(mail.pk)


def test_asking_again_goes_to_the_present_address() -> None:
    mail = card_saved()
    sent(mail)
    type(mail.owner)._default_manager.filter(pk=mail.owner_id).update(email="new@example.org")
    resend_mail(mail.pk)
    assert deliver()[-1].to == ["new@example.org"]
    assert stored(mail).sent_to == "new@example.org"


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b", "a@example.org\nBcc: b@example.org", "a@example.org, b@example.org"],
)
def test_a_learner_without_an_address_is_sent_nothing(address: str) -> None:
    mail = card_saved()
    type(mail.owner)._default_manager.filter(pk=mail.owner_id).update(email=address)
    assert drops(mail) == "The learner has no address that mail can be sent to."


def test_a_seller_without_a_sound_address_is_not_replied_to() -> None:
    mail = expired()
    assert mail.order is not None
    mail.order.organization.contact_email = "sales@ou.example\nBcc: all@example.org"
    mail.order.organization.save()
    assert "Reply-To" not in sent(mail).message()


def test_a_failure_that_was_made_good_is_not_told() -> None:
    mail = failed()
    assert mail.order is not None
    pay(mail.order, reference="pay_2")
    assert drops(mail) == "The order is validated."


def test_of_two_failures_the_latest_is_told() -> None:
    mail = failed()
    assert mail.order is not None
    Order.objects.filter(pk=mail.order.pk).update(state="pending")
    PaymentFactory(order=mail.order, provider_reference="pay_2")
    fail(mail.order, reference="pay_2")
    assert drops(mail) == "There was a later attempt."
    assert len(deliver()) == 1


def test_a_purchase_that_was_refunded_meanwhile_is_not_confirmed() -> None:
    mail = paid()
    assert mail.order is not None
    give_back(mail.order)
    assert drops(mail) == "The order is refunded."


def test_a_refund_that_failed_meanwhile_is_not_told() -> None:
    mail = refunded()
    assert mail.order is not None
    take_back(mail.order)
    assert drops(mail) == "The refund failed afterwards."


def test_another_refund_that_failed_does_not_silence_this_one() -> None:
    mail = refunded(amount=20)
    assert mail.order is not None
    give_back(mail.order, 30, reference="re_2")
    take_back(mail.order, reference="re_2")
    assert len(notes_of(mail.order)) == 3
    assert "€20.00" in sent(mail).subject


def test_an_expired_order_that_was_ordered_again_is_not_told() -> None:
    mail = expired()
    order = mail.order
    assert order is not None
    OrderFactory(owner=order.owner, course=order.course, product=order.product)
    assert drops(mail) == "The learner ordered it again."


@pytest.mark.parametrize("make", [card_saved, card_expiring])
def test_a_card_that_was_removed_is_not_told(make: Callable[[], Mail]) -> None:
    mail = make()
    assert mail.credit_card is not None
    delete_card(card=mail.credit_card)
    assert drops(mail) == "The card is deleting."
    Mail.objects.update(dropped_because="")
    CreditCard.objects.all().delete()
    assert drops(mail) == "The card was removed."


def test_a_card_that_was_renewed_does_not_expire() -> None:
    mail = card_expiring()
    CreditCard.objects.update(expiration_year=2040)
    assert drops(mail) == "The card was renewed."


def test_a_template_that_breaks_leaves_the_mail_for_later(
    settings: Settings, override_mail: Callable[[dict[str, str]], None]
) -> None:
    mail = card_saved()
    override_mail({"card_saved.txt": "{% include 'nowhere.txt' %}"})
    with pytest.raises(Exception, match=r"nowhere\.txt"):
        send_mail(mail.pk)
    assert stored(mail).claimed_until is None
    override_mail({})
    assert sent(mail).to == ["grace@example.org"]


def test_a_host_writes_mails_of_its_own(
    override_mail: Callable[[dict[str, str]], None],
) -> None:
    mail = paid("fr")
    override_mail(
        {
            "order_paid.subject.txt": "Merci\n{{ letter.first_name }}",
            "order_paid.html": '{% extends "joanie/mails/base.html" %}{% block content %}'
            "<p>{{ letter.order.title }}, {{ letter.document.reference }}</p>{% endblock %}",
        }
    )
    message = sent(mail)
    assert message.subject == "Merci Grace"
    assert "<p>Diplôme, PF-" in html_of(message)
    assert "Bonjour Grace," in html_of(message)


def test_a_host_switches_a_mail_off_with_an_empty_subject(
    override_mail: Callable[[dict[str, str]], None],
) -> None:
    override_mail({"card_saved.subject.txt": "{# nothing #}\n"})
    assert drops(card_saved()).startswith("This site sends no mails of this kind")


@time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False)
def test_mails_that_nobody_sent_are_taken_up_again() -> None:
    mail = card_saved()
    old = Mail.objects.create(key="old", kind="card_saved", owner=mail.owner, language="en")
    Mail.objects.update(created_on=timezone.now() - timedelta(hours=25))
    Mail.objects.filter(pk=old.pk).update(created_on=timezone.now() - timedelta(days=31))
    before = len(queued(SEND))
    assert take_up_forgotten_work() == 1
    assert queued(SEND)[before:] == [{"mail_id": str(mail.pk)}]
    sent(mail)
    assert take_up_forgotten_work() == 0
