"""One mistake each."""

from typing import Any

from django.http import HttpRequest

from joanie.common.exceptions import ProviderProtocolError
from joanie.core.models import Order
from joanie.payment.backends.dummy import DummyPaymentBackend
from joanie.payment.backends.dummy.client import DummyClient
from joanie.payment.backends.types import OneClickPaymentInfo, ProviderPayment
from joanie.payment.models import CreditCard, Payment


class Centimes(DummyClient):
    def create_payment(self, body: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
        wire = super().create_payment({**body, "amount": body["amount"] * 100}, idempotency_key)
        return {**wire, "amount": body["amount"]}


class CountsInCentimes(DummyPaymentBackend):
    """It takes every currency for one of two decimals."""

    @property
    def client(self) -> DummyClient:
        return Centimes(self.configuration)


class BelievesAnybody(DummyPaymentBackend):
    def authenticate(self, request: HttpRequest) -> None:
        """Whoever says so must be right."""


class Guesses(DummyPaymentBackend):
    def handle_notification(self, request: HttpRequest) -> None:
        try:
            super().handle_notification(request)
        except ProviderProtocolError:
            self._do_on_payment_failure(Payment.objects.get().order)


class TakesADeclineForMoney(DummyPaymentBackend):
    def _tell_charge(self, order: Order, found: ProviderPayment) -> OneClickPaymentInfo:
        return {**super()._tell_charge(order, found), "is_paid": True}


class KeepsCards(DummyPaymentBackend):
    def delete_credit_card(self, credit_card: CreditCard) -> None:
        """It is gone from our own tables: who would look further?"""


class LeavesPagesOpen(DummyPaymentBackend):
    def abort_payment(self, payment_id: str) -> None:
        """The learner went away, so nobody will pay."""


class SwallowsSilence(DummyPaymentBackend):
    def delete_credit_card(self, credit_card: CreditCard) -> None:
        try:
            super().delete_credit_card(credit_card)
        except Exception:  # noqa: BLE001 - the mistake
            return


class PaysBackTwice(DummyPaymentBackend):
    def refund_payment(self, payment_id: str, amount: Any, idempotency_key: str) -> Any:
        return super().refund_payment(payment_id, amount, f"{idempotency_key}{id(self)}")
