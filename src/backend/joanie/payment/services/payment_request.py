"""What a learner asks for when paying, checked before anything is written."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext

from joanie.common.money import Money
from joanie.conf import joanie_settings
from joanie.payment.backends.registry import get_configuration, get_offered_backends
from joanie.payment.backends.types import Flow
from joanie.payment.enums import CardState, PaymentMethod
from joanie.payment.exceptions import PaymentMethodUnusable
from joanie.payment.models import CreditCard


@dataclass(frozen=True)
class PaymentRequest:
    """How an order is to be paid. ``billing_address`` is clean; ``base_url`` is our public one.

    ``client_address`` is the network address that asks, None when it is not known.
    """

    billing_address: Mapping[str, str]
    base_url: str
    payment_method: str = ""
    credit_card_id: uuid.UUID | None = None
    save_card: bool = False
    return_url: str = ""
    client_address: str | None = None
    payment_method_nonce: str = field(default="", repr=False)
    device_data: str = field(default="", repr=False)


@dataclass(frozen=True)
class MeansOfPayment:
    """A backend that takes the money, and the saved card it is taken from, if any."""

    alias: str
    method: PaymentMethod
    credit_card: CreditCard | None = None


def choose_means(request: PaymentRequest, owner: AbstractBaseUser, price: Money) -> MeansOfPayment:
    """Return what will take the money. Raises PaymentMethodUnusable, naming the field at fault.

    A saved card is paid through its own backend. Somebody else's card does not exist.
    """
    card = _own_card(request, owner)
    alias = request.payment_method or (card.backend if card else "")
    alias = alias or joanie_settings.DEFAULT_PAYMENT_BACKEND
    at_fault = "payment_method" if request.payment_method or not card else "credit_card_id"
    backend_class = get_offered_backends().get(alias)
    if backend_class is None:
        raise PaymentMethodUnusable(at_fault, "This payment method is not offered.")
    if not backend_class.takes(str(price.currency), get_configuration(alias)):
        raise PaymentMethodUnusable(
            at_fault,
            gettext("This payment method does not take %(currency)s.")
            % {"currency": price.currency},
        )
    if not backend_class.takes_amount(price):
        raise PaymentMethodUnusable(
            at_fault,
            gettext("This payment method cannot take %(amount)s.") % {"amount": price},
        )
    if card is not None:
        if card.backend != alias:
            raise PaymentMethodUnusable(
                "payment_method", "This card belongs to another payment method."
            )
        if not backend_class.supports_one_click:
            raise PaymentMethodUnusable("credit_card_id", "Saved cards cannot be used here.")
        return MeansOfPayment(alias, PaymentMethod.ONE_CLICK, card)
    if backend_class.flow == Flow.CLIENT_TOKEN:
        if not request.payment_method_nonce:
            raise PaymentMethodUnusable("payment_method_nonce", "This field is required.")
        return MeansOfPayment(alias, PaymentMethod.NONCE)
    return MeansOfPayment(alias, PaymentMethod.HOSTED)


def hold_card(means: MeansOfPayment) -> None:
    """Keep the card, if it is one, as it is until the caller's transaction is committed.

    Call it with the order locked. Raises PaymentMethodUnusable when the card was removed, or
    cannot pay any more, since it was chosen.
    """
    if means.credit_card is None:
        return
    held = CreditCard.objects.select_for_update(no_key=True).filter(pk=means.credit_card.pk)
    _refuse_unless_active(held.first())


def _own_card(request: PaymentRequest, owner: AbstractBaseUser) -> CreditCard | None:
    if request.credit_card_id is None:
        return None
    card = CreditCard.objects.kept().filter(pk=request.credit_card_id, owner=owner.pk).first()
    if card is None:
        raise PaymentMethodUnusable("credit_card_id", "You have no such card.")
    _refuse_unless_active(card)
    return card


def _refuse_unless_active(card: CreditCard | None) -> None:
    if card is None or card.state != CardState.ACTIVE:
        raise PaymentMethodUnusable("credit_card_id", "This card can no longer be used.")
