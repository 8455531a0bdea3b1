"""Real conversations with a mail server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from smtplib import SMTPRecipientsRefused

import pytest
from django.db import connection
from pytest_django import Settings
from tests.payment.mails.mail_server import MailServer, running_mail_server, send_through
from tests.payment.mails.post import card_saved, paid, stored

from joanie.common.exceptions import Busy
from joanie.payment.documents.storage import read_pdf
from joanie.payment.mails.sending import send_mail
from joanie.payment.models import Mail


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with running_mail_server() as server:
        send_through(settings, server.port)
        yield server


def send_and_hang_up(mail: Mail) -> None:
    try:
        send_mail(mail.pk)
    finally:
        connection.close()


@pytest.mark.django_db
def test_the_message_arrives_with_its_texts_and_its_document(server: MailServer) -> None:
    mail = paid("fr")
    send_mail(mail.pk)
    (message,) = server.messages
    assert message["To"] == "grace@example.org"
    assert message["Subject"] == "Votre commande est confirmée\u00a0: Diplôme"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Nous avons bien reçu votre paiement" in text.get_content()
    assert '<html lang="fr"' in html.get_content()
    (pdf,) = message.iter_attachments()
    assert isinstance(pdf, EmailMessage)
    assert mail.proforma_invoice is not None
    assert pdf.get_content() == read_pdf(mail.proforma_invoice)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_time_send_one(server: MailServer) -> None:
    mail = card_saved()
    server.may_answer.clear()
    with ThreadPoolExecutor(1) as other:
        sending = other.submit(send_and_hang_up, mail)
        assert server.has_taken.wait(10)
        with pytest.raises(Busy):
            send_mail(mail.pk)
        server.may_answer.set()
        sending.result(timeout=10)
    send_mail(mail.pk)
    assert len(server.messages) == 1
    assert stored(mail).sent_at is not None


@pytest.mark.django_db
def test_a_server_that_is_down_is_tried_again(settings: Settings) -> None:
    mail = card_saved()
    with MailServer() as closed:
        port = closed.port
    send_through(settings, port)
    with pytest.raises(ConnectionRefusedError):
        send_mail(mail.pk)
    assert (stored(mail).sent_at, stored(mail).claimed_until) == (None, None)
    with running_mail_server(port) as server:
        send_mail(mail.pk)
        assert len(server.messages) == 1


@pytest.mark.django_db
def test_a_silent_server_is_not_waited_for_for_ever(
    server: MailServer, settings: Settings
) -> None:
    mail = card_saved()
    settings.EMAIL_TIMEOUT = 0.2
    server.may_answer.clear()
    with pytest.raises(OSError, match="timed out"):
        send_mail(mail.pk)
    assert (stored(mail).sent_at, stored(mail).claimed_until) == (None, None)


@pytest.mark.django_db
def test_an_address_that_is_refused_for_good_is_given_up(server: MailServer) -> None:
    mail = card_saved()
    server.answers["RCPT"] = "550 5.1.1 No such mailbox \x01 here"
    send_mail(mail.pk)
    assert stored(mail).dropped_because == (
        "Refused by the mail server: 550 5.1.1 No such mailbox   here"
    )
    del server.answers["RCPT"]
    send_mail(mail.pk)
    assert server.messages == []


@pytest.mark.django_db
def test_an_address_that_is_refused_for_now_is_tried_again(server: MailServer) -> None:
    mail = card_saved()
    server.answers["RCPT"] = "451 4.7.1 Greylisted"
    with pytest.raises(SMTPRecipientsRefused):
        send_mail(mail.pk)
    assert stored(mail).dropped_because == ""
    del server.answers["RCPT"]
    send_mail(mail.pk)
    assert len(server.messages) == 1


@pytest.mark.django_db
def test_an_account_that_is_refused_is_not_the_learners_fault(server: MailServer) -> None:
    mail = card_saved()
    server.answers["MAIL"] = "550 5.7.1 You are not welcome"
    with pytest.raises(Exception, match="not welcome"):
        send_mail(mail.pk)
    assert (stored(mail).dropped_because, stored(mail).sent_at) == ("", None)
