"""Saving a card without buying anything, and the tokens that a provider's widget wants."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import reverse
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import ProviderProtocolError, Refused
from joanie.common.transactions import forbid_transaction
from joanie.conf import joanie_settings
from joanie.payment.backends.registry import build_backend, get_offered_backends
from joanie.payment.backends.types import AttemptUrls, Capability, CardSetup
from joanie.payment.exceptions import PaymentMethodUnusable, UnknownPaymentBackend
from joanie.payment.services.calls import calling_provider
from joanie.payment.services.carding import refuse_carding

NO_CARD_SETUP = _("With this payment method a card is saved while paying.")


class ClientTokenNotNeeded(Refused):
    code = "client_token_not_needed"
    detail = _("This payment method needs no client token.")


@dataclass(frozen=True)
class CardSetupRequest:
    """How a card is to be saved; ``base_url`` is our public one."""

    base_url: str
    language: str
    payment_method: str = ""
    return_url: str = ""
    client_address: str | None = None


def start_card_setup(*, owner: AbstractBaseUser, request: CardSetupRequest) -> dict[str, Any]:
    """Return ``url``, the provider's page, or ``client``, what its widget needs.

    Nothing is written: the card comes with a notification, once the owner gave it to the provider.
    Raises PaymentMethodUnusable, TooManyDeclines, and what a provider's call raises.
    """
    forbid_transaction()
    alias = request.payment_method or joanie_settings.DEFAULT_PAYMENT_BACKEND
    backend_class = get_offered_backends().get(alias)
    if backend_class is None:
        raise PaymentMethodUnusable("payment_method", _("This payment method is not offered."))
    if not backend_class.can(Capability.TOKENIZE):
        raise PaymentMethodUnusable("payment_method", NO_CARD_SETUP)
    refuse_carding(owner, request.client_address)
    backend = build_backend(alias)
    backend.card_setup = _describe_setup(alias, request)
    with calling_provider(alias, "tokenize_card"):
        answer = backend.tokenize_card(owner)
        started = {name: answer[name] for name in ("url", "client") if answer.get(name)}
        if not started:
            raise ProviderProtocolError("Neither a page nor anything for a widget")
    return started


def make_client_token(*, owner: AbstractBaseUser, payment_method: str) -> str:
    """Return a token for the provider's widget in the owner's browser. Safe to repeat.

    Raises UnknownPaymentBackend for what is not offered, ClientTokenNotNeeded, and what a
    provider's call raises.
    """
    forbid_transaction()
    backend_class = get_offered_backends().get(payment_method)
    if backend_class is None:
        raise UnknownPaymentBackend
    if not backend_class.can(Capability.CLIENT_TOKEN):
        raise ClientTokenNotNeeded
    with calling_provider(payment_method, "create_client_token"):
        token = build_backend(payment_method).create_client_token(owner)
        if not token or not isinstance(token, str):
            raise ProviderProtocolError("There is no client token in the answer")
    return token


def _describe_setup(alias: str, request: CardSetupRequest) -> CardSetup:
    notification = reverse("joanie:payment-notifications", kwargs={"alias": alias})
    back = request.return_url or f"{request.base_url}{reverse('joanie:card-setup-return')}"
    urls = AttemptUrls(notification=f"{request.base_url}{notification}", return_=back, cancel=back)
    return CardSetup(language=request.language, urls=urls)
