"""Sending what is in the outbox: each mail once, by one worker."""

import logging
import uuid
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone

from joanie.common import metrics
from joanie.common.exceptions import Busy
from joanie.common.log_context import note_in_log
from joanie.common.queue import enqueue
from joanie.common.transactions import forbid_transaction, short_transaction
from joanie.payment.crash_points import CrashPoint, reached
from joanie.payment.mails.composing import address_of, compose, in_one_line
from joanie.payment.mails.relevance import find_untruth
from joanie.payment.models import Mail

logger = logging.getLogger(__name__)

# Longer than a server that answers at all can take, each of its answers within SECONDS_TO_ANSWER.
LEASE = timedelta(minutes=10)
# Unless the host sets EMAIL_TIMEOUT: Django's own default is to wait for ever.
SECONDS_TO_ANSWER = 30
# RFC 5321, 4.2.1: below, the server asks to be tried again.
PERMANENT = 500


def send_mail(mail_id: uuid.UUID) -> None:
    """Send a mail, or drop it when it is not true any more or cannot be delivered.

    Safe to repeat, and to run twice at once: what is sent or dropped stays so, and what another
    worker holds raises Busy, to be tried later. A worker killed after the mail server took the
    message and before that is written down leaves a mail that is sent again when its lease is
    over; the Message-ID is the same, so mail systems can tell. Raises NetworkInTransaction, and
    what the mail server or the storage of documents raises: then the mail waits for the next try.
    """
    forbid_transaction()
    lease = timezone.now() + LEASE
    if not _claim(mail_id, lease):
        return
    reached(CrashPoint.MAIL_CLAIMED)
    outcome: dict[str, Any] = {}
    try:
        outcome = _deliver(Mail.objects.with_subject().get(pk=mail_id))
    finally:
        metrics.mails.labels(_name(outcome)).inc()
        held = Mail.objects.filter(pk=mail_id, claimed_until=lease)
        held.update(claimed_until=None, **outcome)


def resend_mail(mail_id: uuid.UUID) -> None:
    """Send a mail again, or try again one that was dropped. Whether one may is the caller's rule.

    Asked for twice before the worker comes, it is sent once. Raises Busy while it is being sent,
    Mail.DoesNotExist.
    """
    with short_transaction():
        mail = Mail.objects.select_for_update(no_key=True).get(pk=mail_id)
        if mail.claimed_until is not None and mail.claimed_until > timezone.now():
            raise Busy(mail_id=mail_id)
        mail.sent_at = None
        mail.dropped_because = ""
        mail.save(update_fields=["sent_at", "dropped_because", "updated_on"])
        enqueue("joanie.payment.send_mail", mail_id=str(mail.pk))


def _claim(mail_id: uuid.UUID, lease: datetime) -> bool:
    """Take the mail, in one statement; False when there is nothing left to do."""
    waiting = Mail.objects.waiting().filter(pk=mail_id)
    if waiting.free(timezone.now()).update(claimed_until=lease):
        return True
    if waiting.exists():
        raise Busy(mail_id=mail_id)
    return False


def _deliver(mail: Mail) -> dict[str, Any]:
    """Return what is to be written down."""
    if mail.order_id:
        note_in_log(order_id=mail.order_id)
    untruth = find_untruth(mail)
    if untruth:
        return _dropped(untruth)
    address = address_of(mail)
    if not address:
        return _dropped("The learner has no address that mail can be sent to.")
    message = compose(mail, address)
    if not message.subject:
        return _dropped(
            "This site sends no mails of this kind: the template of its subject is empty."
        )
    message.connection = get_connection(timeout=settings.EMAIL_TIMEOUT or SECONDS_TO_ANSWER)
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        ((code, reason),) = error.recipients.values()
        if code < PERMANENT:
            raise
        logger.exception("Mail %s was refused for good", mail.key)
        return _dropped(f"Refused by the mail server: {code} {reason.decode(errors='replace')}")
    reached(CrashPoint.MAIL_SENT)
    return {"sent_at": timezone.now(), "sent_to": address}


def _name(outcome: dict[str, Any]) -> str:
    if not outcome:
        return "failed"
    return "sent" if "sent_at" in outcome else "dropped"


def _dropped(reason: str) -> dict[str, Any]:
    longest = Mail._meta.get_field("dropped_because").max_length  # noqa: SLF001 - public
    return {"dropped_because": in_one_line(reason)[:longest]}
