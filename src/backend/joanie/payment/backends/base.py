"""What a contributor subclasses to add a payment provider."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from joanie.common.exceptions import ProviderProtocolError, ProviderRejected
from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.backends import answers
from joanie.payment.backends.types import (
    Attempt,
    BookedPayment,
    Capability,
    CardSetup,
    Flow,
    OneClickPaymentInfo,
    PaymentInfo,
    ProviderPayment,
    ProviderRefund,
    SavedCard,
)
from joanie.payment.enums import FailureCode, PaymentState
from joanie.payment.exceptions import RegisterPaymentFailed
from joanie.payment.ledger import booking, credit_cards, disputes, refunds
from joanie.payment.models import CreditCard, Payment, ProformaInvoice


class BasePaymentBackend(ABC):
    """Speaks with one account of one provider. Built for one call, used outside transactions.

    A subclass implements the five abstract methods, and tells what happened through the hooks
    below them. Everything else is optional, and counts only when ``capabilities`` declares it.

    ``configuration`` comes from the settings, as does ``alias``, the account's key there.
    ``attempt`` is set while a payment is being created, ``card_setup`` while a card is being
    saved without one.
    """

    name: ClassVar[str] = ""
    label: ClassVar[str] = ""
    flow: ClassVar[Flow] = Flow.REDIRECT
    supports_one_click: ClassVar[bool] = True
    # ISO 4217 codes; none given means any.
    supported_currencies: ClassVar[frozenset[str] | None] = None
    capabilities: ClassVar[frozenset[Capability]] = frozenset()
    # A payment that failed can still be paid on its page, so a new attempt has to abort it first.
    is_payable_after_failure: ClassVar[bool] = False
    # Takes no money: checkout refuses it outside DEBUG unless JOANIE["ALLOW_DUMMY"].
    is_for_development: ClassVar[bool] = False

    card_setup: CardSetup | None = None

    def __init__(self, configuration: Mapping[str, Any] | None = None) -> None:
        self.configuration: Mapping[str, Any] = configuration or {}
        self.alias = ""
        self.attempt: Attempt | None = None
        self.has_reported = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.alias}>"

    @property
    def _attempt_id(self) -> uuid.UUID | None:
        return self.attempt.id if self.attempt else None

    @abstractmethod
    def create_payment(self, order: Order, billing_address: Mapping[str, str]) -> PaymentInfo:
        """Ask the provider for a payment that the learner then makes on its page or form.

        Raises CreatePaymentFailed when the provider refuses, ProviderRejected when our key or
        request is wrong, ProviderUnavailable when the outcome is unknown.
        """

    @abstractmethod
    def create_one_click_payment(
        self, order: Order, billing_address: Mapping[str, str], credit_card_token: str
    ) -> OneClickPaymentInfo:
        """Charge a saved card, the learner being present. A decline is a value.

        Raises what ``create_payment`` raises.
        """

    @abstractmethod
    def handle_notification(self, request: HttpRequest) -> None:
        """Read what the provider says and call the hooks. Must be safe to repeat.

        Calling no hook means that the notification does not concern us. Raises
        ParseNotificationFailed, RegisterPaymentFailed or RefundPaymentFailed.
        """

    @abstractmethod
    def delete_credit_card(self, credit_card: CreditCard) -> None:
        """Make the provider forget a card. Already gone is success."""

    @abstractmethod
    def abort_payment(self, payment_id: str) -> None:
        """Make sure that a payment can no longer be made. Already aborted is success.

        Raises AbortPaymentFailed when it is too late.
        """

    # Hooks: what happened. Each is one transaction of its own and safe to repeat. ---------------

    def _do_on_payment_success(self, order: Order, payment: BookedPayment) -> None:
        """Book the money of ``payment`` (major units) and validate the order when it is paid.

        Raises RegisterPaymentFailed when it cannot be booked, Busy when a lock is not to be had.
        """
        self.has_reported = True
        booking.book_payment(
            order_id=order.pk,
            backend=self.alias,
            reference=str(payment["id"] or ""),
            amount=payment["amount"],
            currency=payment.get("currency"),
            billing_address=payment.get("billing_address"),
            attempt_id=payment.get("attempt_id") or self._attempt_id,
            card=payment.get("card"),
        )

    def _do_on_payment_failure(
        self,
        order: Order,
        *,
        payment_id: str | None = None,
        code: str = "unknown",
        attempt_id: uuid.UUID | None = None,
    ) -> None:
        """Record that an attempt failed, and why (a ``FailureCode``). Never touches a paid order.

        Without ``payment_id`` it changes something only when the order has exactly one open
        attempt through this backend.
        """
        self.has_reported = True
        booking.book_failure(
            order_id=order.pk,
            backend=self.alias,
            reference=payment_id,
            code=code,
            attempt_id=attempt_id or self._attempt_id,
        )

    def _do_on_refund(
        self,
        amount: Decimal,
        proforma_invoice: ProformaInvoice,
        refund_reference: str,
        *,
        currency: str | None = None,
        payment_id: str | None = None,
        refund_id: uuid.UUID | None = None,
    ) -> None:
        """Book money that went back (major units): credit note, transaction, state of the order.

        ``payment_id`` says which payment it was when the order has several, ``refund_id`` which
        refund of ours, from a provider that repeats the idempotency key. ``currency`` is refused
        when it is not the payment's. Raises RefundPaymentFailed when no payment of this backend
        has that much left, or when it may be a refund of ours that is not answered yet.
        """
        self.has_reported = True
        refunds.book_refund(
            order_id=proforma_invoice.order_id,
            backend=self.alias,
            reference=str(refund_reference or ""),
            amount=amount,
            currency=currency,
            payment_reference=payment_id,
            refund_id=refund_id,
        )

    def _do_on_refund_failed(
        self,
        order: Order,
        refund_reference: str,
        *,
        amount: Decimal | None = None,
        payment_id: str | None = None,
        refund_id: uuid.UUID | None = None,
    ) -> None:
        """Record that a refund failed, perhaps after it had succeeded: it is then taken back.

        ``amount`` (major units) and ``payment_id`` describe one that was made at the provider and
        that we may not have heard of. Raises RefundPaymentFailed when it is not known.
        """
        self.has_reported = True
        refunds.book_refund_failure(
            order_id=order.pk,
            backend=self.alias,
            reference=refund_reference,
            amount=amount,
            payment_reference=payment_id,
            refund_id=refund_id,
        )

    def _do_on_chargeback(
        self,
        order: Order,
        reference: str,
        amount: Decimal,
        *,
        currency: str | None = None,
        payment_id: str | None = None,
        is_lost: bool = False,
    ) -> None:
        """Book money that the bank took back (major units): disputed, or its settlement refused.

        Call it when the money leaves, and again when the dispute ``is_lost``; not for an inquiry,
        which moves none. ``reference`` is the dispute's, ``payment_id`` says which payment it is
        about. The payment is flagged until the dispute is decided. Raises RefundPaymentFailed when
        the payment is not booked yet, or when it cannot be told which one it is.
        """
        self.has_reported = True
        disputes.book_chargeback(
            order_id=order.pk,
            backend=self.alias,
            reference=str(reference or ""),
            amount=amount,
            currency=currency,
            payment_reference=payment_id,
            is_lost=is_lost,
        )

    def _do_on_chargeback_won(
        self,
        order: Order,
        reference: str,
        *,
        amount: Decimal | None = None,
        currency: str | None = None,
        payment_id: str | None = None,
    ) -> None:
        """Book that the bank gave the money of a dispute again: the order comes back if it can.

        ``amount`` (major units) and ``payment_id`` describe a dispute that we may not have heard
        of. Raises RefundPaymentFailed when it is not known.
        """
        self.has_reported = True
        disputes.book_chargeback_won(
            order_id=order.pk,
            backend=self.alias,
            reference=str(reference or ""),
            amount=amount,
            currency=currency,
            payment_reference=payment_id,
        )

    def _do_on_credit_card_saved(
        self, owner: AbstractBaseUser, card: SavedCard, *, payment_id: str | None = None
    ) -> None:
        """Keep a card that the learner agreed to save. The same token twice is one card.

        ``payment_id`` says with which payment, if any: told of again, it does not bring back a
        card that the owner is removing. A learner whose account is disabled keeps no cards.
        """
        self.has_reported = True
        if owner.is_active:
            credit_cards.remember_card(
                owner=owner, backend=self.alias, card=card, payment_reference=payment_id
            )

    def _do_on_credit_card_gone(self, token: str) -> None:
        """Make a saved card unusable: the provider does not have it any more, and tells so."""
        card = CreditCard.objects.filter(backend=self.alias, token=token).first()
        if card is not None:
            self.has_reported = True
            credit_cards.revoke_card(card.pk)

    def _do_on_payment_update(
        self, order: Order, payment_id: str, state: str, *, attempt_id: uuid.UUID | None = None
    ) -> None:
        """Record an outcome without money: ``processing``, ``canceled`` or ``expired``."""
        self.has_reported = True
        booking.book_update(
            order_id=order.pk,
            backend=self.alias,
            reference=payment_id,
            state=state,
            attempt_id=attempt_id or self._attempt_id,
        )

    # What most backends do in the same way. -----------------------------------------------------

    def _current_attempt(self) -> Attempt:
        """Return the attempt to create a payment for. Raises ProviderRejected without one."""
        if self.attempt is None:
            raise ProviderRejected("A payment is created for an attempt: use the checkout.")
        return self.attempt

    def _title_of(self, order: Order) -> str:
        """Return what is paid for, in the language that the learner pays in."""
        with translation.override(self._current_attempt().language):
            return str(order.product.title_i18n)

    def _names_of(self, order: Order) -> dict[str, str]:
        """Say whose a payment is, for the provider to repeat.

        An account may serve several aliases, and other shops.
        """
        attempt = self._current_attempt()
        return {"backend": self.alias, "order": str(order.pk), "attempt": str(attempt.id)}

    def _find_attempt(self, reference: str, attempt_id: uuid.UUID | None = None) -> Payment:
        """Find our row by the provider's reference, else by our own id, where it is repeated.

        The answer to the creation may still be on its way, so what is not found is waited for:
        raises RegisterPaymentFailed, and the notification is tried again.
        """
        attempts = Payment.objects.select_related("order").filter(backend=self.alias)
        payment = attempts.filter(provider_reference=reference).first() if reference else None
        if payment is None and attempt_id is not None:
            payment = attempts.filter(pk=attempt_id).first()
        if payment is None:
            raise RegisterPaymentFailed(f"No attempt fits payment {reference}")
        return payment

    def _tell_page(self, found: ProviderPayment, **client: Any) -> PaymentInfo:
        """Return what ``create_payment`` tells of a payment that the learner still has to make.

        ``client`` is what the provider's form in the browser needs, where there is no page. Raises
        ProviderProtocolError for another amount than was asked for, which nobody is sent to pay,
        and when there is nothing to pay it with.
        """
        self._refuse_another_amount(found)
        if not found.url and not client:
            raise ProviderProtocolError("A payment that cannot be made anywhere")
        info = PaymentInfo(payment_id=found.reference, provider=self.name, url=found.url)
        if client:
            info["client"] = client
        return info

    def _tell_charge(self, order: Order, found: ProviderPayment) -> OneClickPaymentInfo:
        """Return what came of a charge made by our own call, with a saved card or a nonce.

        Keeps the card that was saved with a nonce, if any. Raises ProviderProtocolError for
        another amount than was asked for; the pull books what it finds.
        """
        self._refuse_another_amount(found)
        if found.state == PaymentState.PROCESSING:
            self._do_on_payment_update(order, found.reference, found.state)
        attempt = self._current_attempt()
        saves_card = attempt.save_card and attempt.payment_method_nonce
        if found.state == PaymentState.SUCCEEDED and found.saved_card and saves_card:
            self._do_on_credit_card_saved(
                order.owner, found.saved_card, payment_id=found.reference
            )
        info = OneClickPaymentInfo(
            payment_id=found.reference,
            provider=self.name,
            url=found.url,
            is_paid=found.state == PaymentState.SUCCEEDED,
        )
        if found.state == PaymentState.FAILED:
            info["failure_code"] = found.failure_code or FailureCode.UNKNOWN
        elif found.state in {PaymentState.CANCELED, PaymentState.EXPIRED}:
            info["failure_code"] = FailureCode(found.state)
        return info

    def _tell_unusable_card(self) -> OneClickPaymentInfo:
        """Return that the provider does not know the saved card: it is declined for good."""
        return OneClickPaymentInfo(
            payment_id="",
            provider=self.name,
            url="",
            is_paid=False,
            failure_code=FailureCode.INVALID_CARD,
        )

    def _do_on_payment_read(self, payment: Payment, found: ProviderPayment) -> None:
        """Book all that the provider has of a payment: money, refunds, disputes, a saved card.

        For a backend that reads the payment again instead of believing what it was told. Raises
        RegisterPaymentFailed, and RefundPaymentFailed when a refund or dispute has to wait.
        """
        self.has_reported = True
        unbooked = answers.book_provider_payment(payment, found)
        if unbooked:
            raise unbooked[0]

    def _refuse_another_amount(self, found: ProviderPayment) -> None:
        asked = self._current_attempt().amount
        if found.amount != asked:
            raise ProviderProtocolError(f"Asked {asked}, answered {found.amount}")

    # Optional capabilities: implement one, and declare it in ``capabilities``. -------------------

    def authenticate(self, request: HttpRequest) -> None:
        """Check, on the raw body, that the provider sent it. Raises ParseNotificationFailed."""
        raise NotImplementedError

    def answer_challenge(self, request: HttpRequest) -> HttpResponse | None:
        """Answer a request that only checks our address; None when it is a notification."""
        raise NotImplementedError

    def get_event_id(self, request: HttpRequest) -> str | None:
        """Return the provider's own id of an authenticated notification, if it has one."""
        raise NotImplementedError

    def refund_payment(
        self, payment_id: str, amount: Money, idempotency_key: str
    ) -> ProviderRefund:
        """Give money back. Safe to repeat with the same key. Raises RefundPaymentFailed."""
        raise NotImplementedError

    def retrieve_payment(self, payment_id: str) -> ProviderPayment | None:
        """Read a payment as it is now; None when the provider does not know it."""
        raise NotImplementedError

    def find_payment(self, attempt: Attempt) -> ProviderPayment | None:
        """Look for the payment of an attempt whose creation was never answered."""
        raise NotImplementedError

    def list_payments(self, since: datetime) -> Iterable[ProviderPayment]:
        """Give the account's payments that changed since, at least those made since.

        Page by page, as they are asked for. One that is not understood is logged and left out.
        """
        raise NotImplementedError

    def create_client_token(self, user: AbstractBaseUser) -> str:
        """Make a token for the provider's widget in the learner's browser."""
        raise NotImplementedError

    def get_public_configuration(self) -> dict[str, Any]:
        """Return what the browser may know of this account, such as a publishable key."""
        raise NotImplementedError

    def tokenize_card(self, user: AbstractBaseUser) -> dict[str, Any]:
        """Start saving a card without a purchase: ``{"url"}`` or ``{"client"}``.

        The card itself comes later, with a notification: give the provider the owner's id in this
        call, and believe no other word about whose card it is. Raises what ``create_payment``
        raises.
        """
        raise NotImplementedError

    @classmethod
    def find_faults(cls, configuration: Mapping[str, Any]) -> Iterable[str]:  # noqa: ARG003
        """Say what is wrong with the account's settings, in sentences for whoever wrote them."""
        return ()

    @classmethod
    def can(cls, capability: Capability) -> bool:
        return capability in cls.capabilities

    @classmethod
    def takes(
        cls,
        currency: str,
        configuration: Mapping[str, Any] | None = None,  # noqa: ARG003
    ) -> bool:
        """Say whether payments can be made in a currency; by which account, where it matters."""
        return cls.supported_currencies is None or currency in cls.supported_currencies

    @classmethod
    def takes_amount(cls, amount: Money) -> bool:  # noqa: ARG003
        """Say whether an amount, of a currency that it takes, can be charged."""
        return True
