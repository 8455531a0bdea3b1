"""What an owner does with a saved card."""

import logging
import uuid
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Busy, Refused
from joanie.common.queue import enqueue
from joanie.common.transactions import short_transaction
from joanie.core.services.owners import lock_owner
from joanie.payment.backends.registry import build_backend
from joanie.payment.crash_points import CrashPoint, reached
from joanie.payment.enums import CardState, MailKind
from joanie.payment.exceptions import CardUnusable
from joanie.payment.ledger.credit_cards import promote_main_card
from joanie.payment.mails.outbox import tell_card_expiring
from joanie.payment.models import CreditCard, Mail, Payment
from joanie.payment.services.calls import calling_provider

logger = logging.getLogger(__name__)

# How long before their last day.
WARNING = timedelta(days=30)


class MainCardNeeded(Refused):
    code = "main_card_needed"
    status = HTTPStatus.BAD_REQUEST
    field = "is_main"
    detail = _("Make another card the main one instead.")


def update_card(
    *, card: CreditCard, title: str | None = None, is_main: bool | None = None
) -> CreditCard:
    """Rename a card, or make it the main one; the other then is not any more.

    Raises MainCardNeeded when the main card would be demoted, CardUnusable when it cannot pay.
    """
    with short_transaction():
        lock_owner(card.owner_id)
        card = CreditCard.objects.select_for_update(no_key=True).get(pk=card.pk)
        if title is not None:
            card.title = title
        if is_main is False and card.is_main:
            raise MainCardNeeded
        if is_main and not card.is_main:
            if card.state != CardState.ACTIVE:
                raise CardUnusable
            CreditCard.objects.filter(owner=card.owner_id, is_main=True).update(is_main=False)
            card.is_main = True
        card.save()
    return card


def delete_card(*, card: CreditCard) -> None:
    """Take a card away from its owner at once; the provider is told in the background.

    The newest active card becomes the main one. Safe to repeat.
    """
    with short_transaction():
        lock_owner(card.owner_id)
        card = CreditCard.objects.select_for_update(no_key=True).get(pk=card.pk)
        if card.state == CardState.DELETING:
            return
        card.start_deletion()
        card.is_main = False
        card.save()
        promote_main_card(card.owner_id)
        enqueue("joanie.payment.forget_card", card_id=str(card.pk))
    reached(CrashPoint.CARD_TAKEN_AWAY)


def forget_card(card_id: uuid.UUID) -> None:
    """Make the provider let go of a card being removed, then drop the row. Safe to repeat.

    A card that its owner saved again meanwhile stays. Whether the provider let go of it before it
    was saved or after, nobody can tell: at worst the next payment with it is declined, as that of
    a card which the provider does not know, and it is revoked.
    """
    card = CreditCard.objects.filter(pk=card_id, state=CardState.DELETING).first()
    if card is None:
        return
    with calling_provider(card.backend, "delete_credit_card"):
        build_backend(card.backend).delete_credit_card(card)
    reached(CrashPoint.CARD_LET_GO)
    _drop(card)


def _drop(card: CreditCard) -> None:
    """Delete the row of a card, if it is what it was when the provider was told."""
    with short_transaction():
        # Payments come before cards wherever both are locked.
        Payment.objects.filter(credit_card=card.pk).update(credit_card=None)
        rows = CreditCard.objects.select_for_update(no_key=True)
        row = rows.filter(pk=card.pk, updated_on=card.updated_on).first()
        if row is None:
            transaction.set_rollback(True)
        else:
            row.delete()


def expire_cards(today: date | None = None) -> int:
    """Move the cards whose month is over to ``expired``; return how many. Safe to repeat."""
    past = CreditCard.objects.past_their_month(today or timezone.now().date())
    expired = 0
    for pk, owner_id in list(past.order_by("pk").values_list("pk", "owner")):
        try:
            with short_transaction():
                lock_owner(owner_id)
                # Unless it was renewed or removed meanwhile.
                card = past.select_for_update(no_key=True).filter(pk=pk).first()
                if card is not None:
                    _expire(card)
                    expired += 1
        except Busy:
            logger.warning("Card %s expires another time: its owner is busy", pk)
    return expired


def _expire(card: CreditCard) -> None:
    card.expire()
    card.is_main = False
    card.save()
    promote_main_card(card.owner_id)


def warn_of_expiring_cards(today: date | None = None) -> int:
    """Tell by mail the owners of cards whose last day comes within ``WARNING``; return how many.

    Once per card and month of expiry. Safe to repeat, and to run twice at once.
    """
    today = today or timezone.now().date()
    warned = 0
    for month in _months_ending(today, today + WARNING):
        unwarned = _not_warned(*month)
        for pk in list(unwarned.values_list("pk", flat=True)):
            try:
                with short_transaction():
                    # Unless it was renewed or removed meanwhile.
                    locked = unwarned.select_for_update(no_key=True, of=("self",))
                    card = locked.filter(pk=pk).first()
                    if card is not None:
                        tell_card_expiring(card)
                        warned += 1
            except Busy:
                logger.warning("The owner of card %s is warned another time", pk)
    return warned


def _months_ending(start: date, end: date) -> Iterator[tuple[int, int]]:
    """Give the months whose last day is one of these."""
    for days in range((end - start).days + 1):
        day = start + timedelta(days=days)
        if day.day == monthrange(day.year, day.month)[1]:
            yield day.year, day.month


def _not_warned(year: int, month: int) -> QuerySet[CreditCard]:
    warnings = Mail.objects.filter(
        credit_card=OuterRef("pk"),
        kind=MailKind.CARD_EXPIRING,
        key__endswith=f":{year:04}-{month:02}",
    )
    cards = CreditCard.objects.active().filter(expiration_year=year, expiration_month=month)
    return cards.exclude(Exists(warnings))
