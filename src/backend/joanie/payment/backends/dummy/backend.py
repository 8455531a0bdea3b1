"""The dummy provider: takes no money, does everything else. The backend to copy."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from joanie.common.exceptions import ProviderProtocolError, ProviderRejected
from joanie.common.money import Money, to_minor_units
from joanie.core.models import Order
from joanie.core.services.owners import find_owner
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.dummy.client import DummyClient, get_signing_secrets
from joanie.payment.backends.dummy.mapping import (
    read_dispute,
    read_payment,
    read_refund,
    read_saved_card,
    read_setup_url,
    read_state,
)
from joanie.payment.backends.dummy.signature import HEADER, check_signature
from joanie.payment.backends.types import (
    Attempt,
    Capability,
    DisputeState,
    OneClickPaymentInfo,
    PaymentInfo,
    ProviderPayment,
    ProviderRefund,
)
from joanie.payment.backends.wire import read_own_id
from joanie.payment.enums import PaymentState, RefundState
from joanie.payment.exceptions import ParseNotificationFailed, RefundPaymentFailed
from joanie.payment.models import CreditCard, Payment

logger = logging.getLogger(__name__)


CARD_SAVED = "card.saved"
ABORTED = (PaymentState.CANCELED, PaymentState.EXPIRED, PaymentState.FAILED)


class DummyPaymentBackend(BasePaymentBackend):
    """Settings: ``base_url`` of the emulator, ``secret`` of the account; both have defaults.

    ``other_secrets``: more that notifications may be signed with, while the secret is changed.
    """

    name = "dummy"
    label = "Dummy"
    is_for_development: ClassVar[bool] = True
    capabilities = frozenset(
        {
            Capability.AUTHENTICATE,
            Capability.EVENT_ID,
            Capability.REFUND,
            Capability.RETRIEVE,
            Capability.FIND,
            Capability.LIST,
            Capability.TOKENIZE,
        }
    )

    @classmethod
    def find_faults(cls, configuration: Mapping[str, Any]) -> Iterable[str]:
        others = configuration.get("other_secrets", [])
        if not isinstance(others, (list, tuple)) or not all(
            isinstance(secret, str) and secret for secret in others
        ):
            yield "“other_secrets” is a list of texts, none of them empty."

    @property
    def client(self) -> DummyClient:
        return DummyClient(self.configuration)

    def create_payment(self, order: Order, billing_address: Mapping[str, str]) -> PaymentInfo:
        attempt = self._current_attempt()
        wire = self.client.create_payment(
            self._describe(order, billing_address), attempt.idempotency_key
        )
        return self._tell_page(read_payment(wire))

    def create_one_click_payment(
        self, order: Order, billing_address: Mapping[str, str], credit_card_token: str
    ) -> OneClickPaymentInfo:
        attempt = self._current_attempt()
        body = {**self._describe(order, billing_address), "card": credit_card_token}
        try:
            wire = self.client.create_payment(body, attempt.idempotency_key)
        except ProviderRejected as error:
            if error.context.get("reason") != "card_unknown":
                raise
            return self._tell_unusable_card()
        return self._tell_charge(order, read_payment(wire))

    def authenticate(self, request: HttpRequest) -> None:
        check_signature(
            get_signing_secrets(self.configuration),
            request.headers.get(HEADER, ""),
            request.body,
        )

    def get_event_id(self, request: HttpRequest) -> str | None:
        event_id = _read_event(request)["id"]
        return event_id if isinstance(event_id, str) else None

    def handle_notification(self, request: HttpRequest) -> None:
        event = _read_event(request)
        data = event["data"]
        kind = event["type"]
        if kind == CARD_SAVED:
            self._keep_card(data["card"])
        if not kind.startswith(("payment.", "refund.", "dispute.")):
            return
        told = data["payment"]
        payment = self._find_attempt(told["id"], read_own_id(told.get("reference")))
        if kind.startswith("refund."):
            self._book_refund_event(payment, data)
        elif kind.startswith("dispute."):
            self._book_dispute_event(payment, data)
        else:
            self._book_payment_event(payment, told)

    def delete_credit_card(self, credit_card: CreditCard) -> None:
        self.client.delete_card(credit_card.token)

    def abort_payment(self, payment_id: str) -> None:
        wire = self.client.cancel_payment(payment_id)
        if wire is not None and read_state(wire) not in ABORTED:
            raise ProviderProtocolError("A payment that was aborted, and is not")

    def refund_payment(
        self, payment_id: str, amount: Money, idempotency_key: str
    ) -> ProviderRefund:
        body = {"amount": to_minor_units(amount), "reference": idempotency_key}
        wire = self.client.refund_payment(payment_id, body, idempotency_key)
        if wire is None:
            raise RefundPaymentFailed
        return read_refund(wire)

    def retrieve_payment(self, payment_id: str) -> ProviderPayment | None:
        wire = self.client.retrieve_payment(payment_id)
        return None if wire is None else read_payment(wire)

    def find_payment(self, attempt: Attempt) -> ProviderPayment | None:
        found = self.client.find_payments(str(attempt.id))
        return read_payment(found[0]) if found else None

    def list_payments(self, since: datetime) -> Iterator[ProviderPayment]:
        for wire in self.client.list_payments(since):
            try:
                yield read_payment(wire)
            except ProviderProtocolError:
                logger.exception("A payment of the list is left out")

    def tokenize_card(self, user: AbstractBaseUser) -> dict[str, Any]:
        if self.card_setup is None:
            raise ProviderRejected("A card is saved for a browser: use the card set-up.")
        urls = self.card_setup.urls
        wire = self.client.create_card_setup(
            {
                "customer": str(user.pk),
                "language": self.card_setup.language,
                "return_url": urls.return_,
                "cancel_url": urls.cancel,
                "notification_url": urls.notification,
            }
        )
        return {"url": read_setup_url(wire)}

    def _keep_card(self, wire: Mapping[str, Any]) -> None:
        """Keep a card for the customer that we named when we asked for its page.

        What the provider signed is the only word on whose it is. One of a customer who is none of
        our users does not concern us.
        """
        card = read_saved_card(wire)
        owner = find_owner(card["provider_customer"]) if card else None
        if card is None or owner is None:
            logger.warning("A card was saved for nobody we know")
            return
        self._do_on_credit_card_saved(owner, card)

    def _book_payment_event(self, payment: Payment, wire: Mapping[str, Any]) -> None:
        order, seen = payment.order, read_payment(wire)
        if seen.state == PaymentState.SUCCEEDED:
            self._do_on_payment_success(
                order,
                {
                    "id": seen.reference,
                    "amount": seen.amount.amount,
                    "currency": str(seen.amount.currency),
                    "billing_address": payment.billing_address,
                    "attempt_id": payment.pk,
                    "card": seen.card,
                },
            )
            if seen.saved_card is not None:
                self._do_on_credit_card_saved(
                    order.owner, seen.saved_card, payment_id=seen.reference
                )
        elif seen.state == PaymentState.FAILED:
            self._do_on_payment_failure(
                order, payment_id=seen.reference, code=seen.failure_code, attempt_id=payment.pk
            )
        else:
            self._do_on_payment_update(order, seen.reference, seen.state, attempt_id=payment.pk)

    def _book_refund_event(self, payment: Payment, data: Mapping[str, Any]) -> None:
        seen, payment_id = read_refund(data["refund"]), data["payment"]["id"]
        if seen.state == RefundState.FAILED:
            self._do_on_refund_failed(
                payment.order,
                seen.reference,
                amount=seen.amount.amount,
                payment_id=payment_id,
                refund_id=seen.refund_id,
            )
        elif seen.state == RefundState.SUCCEEDED:
            invoice = payment.order.proforma_invoices.main().first()
            if invoice is None:
                raise RefundPaymentFailed("The payment is not booked yet")
            self._do_on_refund(
                seen.amount.amount,
                invoice,
                seen.reference,
                currency=str(seen.amount.currency),
                payment_id=payment_id,
                refund_id=seen.refund_id,
            )

    def _book_dispute_event(self, payment: Payment, data: Mapping[str, Any]) -> None:
        seen = read_dispute(data["dispute"])
        told: dict[str, Any] = {
            "amount": seen.amount.amount,
            "currency": str(seen.amount.currency),
            "payment_id": data["payment"]["id"],
        }
        if seen.state == DisputeState.WON:
            self._do_on_chargeback_won(payment.order, seen.reference, **told)
        else:
            self._do_on_chargeback(
                payment.order, seen.reference, is_lost=seen.state == DisputeState.LOST, **told
            )

    def _describe(self, order: Order, billing_address: Mapping[str, str]) -> dict[str, Any]:
        attempt = self._current_attempt()
        return {
            "amount": to_minor_units(attempt.amount),
            "currency": str(attempt.amount.currency),
            "reference": str(attempt.id),
            "description": self._title_of(order),
            "language": attempt.language,
            "customer": str(order.owner_id),
            "billing_address": dict(billing_address),
            "save_card": attempt.save_card,
            "return_url": attempt.urls.return_,
            "cancel_url": attempt.urls.cancel,
            "notification_url": attempt.urls.notification,
        }


def _read_event(request: HttpRequest) -> dict[str, Any]:
    """Raises ParseNotificationFailed when the body is not an event."""
    try:
        event: dict[str, Any] = json.loads(request.body)
        if not isinstance(event["type"], str) or not isinstance(event["data"], dict):
            raise ParseNotificationFailed("An event has a type and data.")
        _ = event["id"]
    except (ValueError, KeyError, TypeError) as error:
        raise ParseNotificationFailed("The body is not an event.") from error
    return event
