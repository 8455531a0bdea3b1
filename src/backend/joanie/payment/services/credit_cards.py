"""What an owner does with a saved card."""

import uuid
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.common.queue import enqueue
from joanie.common.transactions import short_transaction
from joanie.core.services.owners import lock_owner
from joanie.payment.backends.registry import build_backend
from joanie.payment.enums import CardState, MailKind
from joanie.payment.exceptions import CardUnusable
from joanie.payment.ledger.credit_cards import promote_main_card
from joanie.payment.mails.outbox import tell_card_expiring
from joanie.payment.models import CreditCard, Mail
from joanie.payment.services.calls import calling_provider

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


def forget_card(card_id: uuid.UUID) -> None:
    """Make the provider let go of a card being removed, then drop the row. Safe to repeat."""
    card = CreditCard.objects.filter(pk=card_id, state=CardState.DELETING).first()
    if card is None:
        return
    with calling_provider(card.backend):
        build_backend(card.backend).delete_credit_card(card)
    card.delete()


def expire_cards(today: date | None = None) -> int:
    """Move the cards whose month is over to ``expired``; return how many. Safe to repeat."""
    past = CreditCard.objects.past_their_month(today or timezone.now().date())
    expired = 0
    for card in past.order_by("pk"):
        with short_transaction():
            lock_owner(card.owner_id)
            kept = CreditCard.objects.select_for_update(no_key=True).get(pk=card.pk)
            if kept.state != CardState.ACTIVE:
                continue
            kept.expire()
            kept.is_main = False
            kept.save()
            promote_main_card(kept.owner_id)
            expired += 1
    return expired


def warn_of_expiring_cards(today: date | None = None) -> int:
    """Tell by mail the owners of cards whose last day comes within ``WARNING``; return how many.

    Once per card and month of expiry. Safe to repeat, and to run twice at once.
    """
    today = today or timezone.now().date()
    cards = [pk for month in _months_ending(today, today + WARNING) for pk in _not_warned(*month)]
    warned = 0
    for pk in cards:
        with short_transaction():
            card = CreditCard.objects.active().select_for_update(no_key=True).filter(pk=pk).first()
            if card is not None:
                tell_card_expiring(card)
                warned += 1
    return warned


def _months_ending(start: date, end: date) -> Iterator[tuple[int, int]]:
    """Give the months whose last day is one of these."""
    for days in range((end - start).days + 1):
        day = start + timedelta(days=days)
        if day.day == monthrange(day.year, day.month)[1]:
            yield day.year, day.month


def _not_warned(year: int, month: int) -> list[uuid.UUID]:
    warnings = Mail.objects.filter(
        credit_card=OuterRef("pk"),
        kind=MailKind.CARD_EXPIRING,
        key__endswith=f":{year:04}-{month:02}",
    )
    cards = CreditCard.objects.active().filter(expiration_year=year, expiration_month=month)
    return list(cards.exclude(Exists(warnings)).values_list("pk", flat=True))
