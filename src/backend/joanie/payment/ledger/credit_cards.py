"""Cards that providers told us of."""

import logging
import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils import timezone

from joanie.common.transactions import short_transaction
from joanie.core.services.owners import lock_owner
from joanie.payment.enums import CardState
from joanie.payment.exceptions import CardNotKept
from joanie.payment.mails.outbox import tell_card_saved
from joanie.payment.models import CreditCard, Payment

if TYPE_CHECKING:
    from joanie.payment.backends.types import SavedCard

logger = logging.getLogger(__name__)


def remember_card(
    *,
    owner: AbstractBaseUser,
    backend: str,
    card: "SavedCard",
    payment_reference: str | None = None,
) -> CreditCard:
    """Keep a saved card; the same token again is the same card, with its present details.

    The owner is told of a new one by mail.
    The first active card of an owner is the main one. One that is being removed is kept when it
    was saved again since: not when ``payment_reference``, the payment it was saved with, was
    booked before, for then we are told again of what the owner took back. A token that somebody
    else owns here stays theirs, and is logged: a provider does not share tokens. Raises
    CardNotKept when what the provider says of it is not what a card is, or its owner is disabled.
    """
    details = _read_details(card)
    with short_transaction():
        if not lock_owner(owner.pk).is_active:
            raise CardNotKept("The account of its owner was disabled this moment.")
        # Whoever drops its row waits, or has dropped it: then it is a new one.
        kept, is_new = CreditCard.objects.select_for_update(no_key=True).get_or_create(
            backend=backend, token=card["token"], defaults={**details, "owner_id": owner.pk}
        )
        if kept.owner_id != owner.pk:
            logger.error("Card token of %s offered for another owner: kept as it was", backend)
            return kept
        if is_new:
            tell_card_saved(kept)
        elif not _is_taken_back(kept, payment_reference):
            _renew(kept, details)
        promote_main_card(owner.pk)
    return CreditCard.objects.get(pk=kept.pk)


def revoke_card(card_id: uuid.UUID) -> None:
    """Make a card that will never work again unusable. Safe to repeat."""
    with short_transaction():
        card = CreditCard.objects.get(pk=card_id)
        lock_owner(card.owner_id)
        card = CreditCard.objects.select_for_update(no_key=True).get(pk=card_id)
        if card.state in {CardState.ACTIVE, CardState.EXPIRED}:
            card.revoke()
            card.is_main = False
            card.save()
            promote_main_card(card.owner_id)


def promote_main_card(owner_id: Any) -> None:
    """Make the newest active card the main one when there is none. Call with the owner locked."""
    cards = CreditCard.objects.active().filter(owner=owner_id)
    if cards.filter(is_main=True).exists():
        return
    newest = cards.order_by("-created_on").first()
    if newest is not None:
        newest.is_main = True
        newest.save(update_fields=["is_main", "updated_on"])


def _is_taken_back(card: CreditCard, payment_reference: str | None) -> bool:
    """Say whether the owner removed the card, and did not save it again since."""
    if card.state != CardState.DELETING or payment_reference is None:
        return False
    booked_before_it_was_removed = Payment.objects.filter(
        backend=card.backend,
        provider_reference=payment_reference,
        settled_at__lte=card.updated_on,
    )
    return booked_before_it_was_removed.exists()


def _renew(card: CreditCard, details: dict[str, Any]) -> None:
    """Give a card its present details, and make it one that can pay where that is so."""
    for name, value in details.items():
        setattr(card, name, value)
    if card.state == CardState.DELETING:
        card.keep()
    elif card.state == CardState.EXPIRED and not _is_past(card):
        card.renew()
    card.save()


def _read_details(card: "SavedCard") -> dict[str, Any]:
    try:
        details = {
            "brand": str(card["brand"] or "")[:40],
            "last_numbers": str(card["last_numbers"] or "")[-4:],
            "expiration_month": int(card["expiration_month"]),
            "expiration_year": int(card["expiration_year"]),
            "provider_customer": card.get("provider_customer") or "",
        }
        described = CreditCard(backend="any", token=card["token"], **details)
        described.clean_fields(exclude=["owner", "state"])
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise CardNotKept(str(error)) from error
    return details


def _is_past(card: CreditCard) -> bool:
    today = timezone.now().date()
    return (card.expiration_year, card.expiration_month) < (today.year, today.month)
