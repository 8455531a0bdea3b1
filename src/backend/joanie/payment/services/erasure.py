"""Erasing who a learner is, while the books stay whole."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import BinaryField, F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.common.retention import delete_in_batches
from joanie.common.transactions import short_transaction
from joanie.conf import joanie_settings
from joanie.core.enums import PAYABLE_ORDER_STATES
from joanie.core.models import Address, IdempotencyRecord, Order
from joanie.core.services.erasure import erase_identity, overwritten_fields
from joanie.core.services.owners import email_of, lock_owner
from joanie.payment.enums import OPEN_REFUND_STATES, UNSETTLED_NOTIFICATION_STATES
from joanie.payment.models import CreditCard, Mail, Payment, PaymentNotification, Refund
from joanie.payment.services.credit_cards import delete_card
from joanie.payment.services.retention import NOTHING_PERSONAL
from joanie.webhooks.services.retention import settled_messages_about

# A shorter word is in notifications about other people too.
SHORTEST_WORD = 8
WHY_NOT_SENT = "The learner was erased."


class LearnerNotErasable(Refused):
    code = "learner_not_erasable"
    detail = _("This learner cannot be erased yet.")


def erase_learner(*, learner: AbstractBaseUser) -> dict[str, int]:
    """Erase who a learner is; return how many rows of each kind were erased or overwritten.

    Orders, payments, transactions and documents stay, enrolments too. Cards are taken away at once
    and forgotten by their providers in the background; the account is disabled. Safe to repeat.
    Raises LearnerNotErasable, which says what is to be done first, and Busy.
    """
    refuse_unless_erasable(learner)
    found = count_personal_data(learner)
    # Found by what is about to go, so they go first. What was settled has had its effect.
    delete_in_batches(_settled_notifications_about(learner))
    delete_in_batches(settled_messages_about(learner.get_username()))
    with short_transaction():
        _payments_of(learner).update(**NOTHING_PERSONAL)
        lock_owner(learner.pk, excludes_orders=True)
        # Whoever was ordering has come to an end.
        refuse_unless_erasable(learner)
        _take_names_off_mails(learner)
        _remove_cards(learner)
        erase_identity(learner.pk)
    return found


def count_personal_data(learner: AbstractBaseUser) -> dict[str, int]:
    """Count what an erasure would erase or overwrite, by kind. Reads only."""
    rows: Mapping[str, QuerySet[Any]] = {
        "addresses": Address.objects.filter(owner=learner.pk),
        "saved cards": CreditCard.objects.filter(owner=learner.pk),
        "payments": _payments_of(learner),
        "mails": _mails_of(learner),
        "notifications": _settled_notifications_about(learner),
        "answers kept for idempotency keys": IdempotencyRecord.objects.filter(owner=learner.pk),
        "webhook messages": settled_messages_about(learner.get_username()),
    }
    counts = {kind: found.count() for kind, found in rows.items()}
    return {**counts, "fields of the user": len(overwritten_fields(learner))}


def count_unsettled_notifications(learner: AbstractBaseUser) -> int:
    """Count those about the learner that an erasure leaves: nothing that may bring money goes."""
    about = _notifications_about(learner)
    return about.filter(state__in=UNSETTLED_NOTIFICATION_STATES).count()


def refuse_unless_erasable(learner: AbstractBaseUser) -> None:
    """Raise LearnerNotErasable while money of theirs is under way, and for staff."""
    obstacles = list(_find_obstacles(learner))
    if obstacles:
        raise LearnerNotErasable(" ".join(obstacles))


def _find_obstacles(learner: AbstractBaseUser) -> Iterator[str]:
    if getattr(learner, "is_staff", False) or getattr(learner, "is_superuser", False):
        yield "This is one of staff: take the rights away first."
    for order in Order.objects.filter(owner=learner.pk, state__in=PAYABLE_ORDER_STATES):
        yield f"{order} can still be paid: cancel it, or wait until it expires."
    theirs = Refund.objects.filter(payment__order__owner=learner.pk)
    for refund in theirs.filter(state__in=OPEN_REFUND_STATES):
        yield f"{refund} is under way, of payment {refund.payment_id}: wait until it is confirmed."
    for payment in Payment.objects.filter(order__owner=learner.pk).exclude(flag=""):
        yield f"{payment} is to be looked at ({payment.flag}): settle it."


def _payments_of(learner: AbstractBaseUser) -> QuerySet[Payment]:
    """Give the payments that still say something of the learner."""
    return Payment.objects.filter(~Q(**NOTHING_PERSONAL), order__owner=learner.pk)


def _mails_of(learner: AbstractBaseUser) -> QuerySet[Mail]:
    """Give the mails that say where they went, or that wait."""
    mails = Mail.objects.filter(owner=learner.pk)
    return mails.exclude(sent_to="", sent_at__isnull=False).exclude(dropped_because=WHY_NOT_SENT)


def _take_names_off_mails(learner: AbstractBaseUser) -> None:
    """Keep what was told and when. Why a mail was dropped may name its address."""
    mails = _mails_of(learner)
    mails.filter(sent_at=None).update(sent_to="", dropped_because=WHY_NOT_SENT, claimed_until=None)
    mails.update(sent_to="")


def _remove_cards(learner: AbstractBaseUser) -> None:
    """Have the providers forget the cards; of an account that is gone only the row can go."""
    cards = CreditCard.objects.filter(owner=learner.pk)
    cards.update(title="")
    for card in cards.order_by("is_main", "pk"):
        if card.backend in joanie_settings.PAYMENT_BACKENDS:
            delete_card(card=card)
        else:
            card.delete()


def _settled_notifications_about(learner: AbstractBaseUser) -> QuerySet[PaymentNotification]:
    return _notifications_about(learner).exclude(state__in=UNSETTLED_NOTIFICATION_STATES)


def _notifications_about(learner: AbstractBaseUser) -> QuerySet[PaymentNotification]:
    """Give those whose request holds a word that stands for the learner, or for a payment.

    Nothing else links them: what providers send is kept as it comes. One scan.
    """
    words = _words_about(learner)
    matches = Q(pk__in=[])
    for word in {*words, *(quote(word, safe="") for word in words)}:
        place = _Position(Value(word.encode(), BinaryField()), F("body"))
        matches |= Q(GreaterThan(place, 0)) | Q(query_string__contains=word)
    return PaymentNotification.objects.filter(matches)


def _words_about(learner: AbstractBaseUser) -> set[str]:
    payments = Payment.objects.filter(order__owner=learner.pk)
    refunds = Refund.objects.filter(payment__order__owner=learner.pk)
    cards = CreditCard.objects.filter(owner=learner.pk)
    named = [
        *payments.values_list("pk", "provider_reference"),
        *refunds.values_list("pk", "provider_reference"),
        *cards.values_list("token", "provider_customer"),
    ]
    words = {str(word) for row in named for word in row} | {email_of(learner)}
    return {word for word in words if len(word) >= SHORTEST_WORD}


class _Position(Func):
    """Where bytes are in bytes, from 1; 0 when they are not."""

    function = "position"
    arg_joiner = " IN "
    output_field = IntegerField()
