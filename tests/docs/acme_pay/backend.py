"""Acme Pay: the five methods, each reading build, call, map, return."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest
from tests.docs.acme_pay.client import AcmeClient
from tests.docs.acme_pay.mapping import describe_attempt, read_payment

from joanie.core.models import Order
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.types import (
    Attempt,
    Capability,
    OneClickPaymentInfo,
    PaymentInfo,
    ProviderPayment,
)
from joanie.payment.enums import PaymentState
from joanie.payment.exceptions import (
    AbortPaymentFailed,
    ParseNotificationFailed,
    RegisterPaymentFailed,
)
from joanie.payment.models import CreditCard, Payment

PAYMENT_ID = re.compile(r"pay_[0-9a-f]{8}")


class AcmeBackend(BasePaymentBackend):
    name = "acme"
    label = "Acme Pay"
    supported_currencies = frozenset({"EUR", "JPY"})
    capabilities = frozenset({Capability.RETRIEVE})

    @classmethod
    def find_faults(cls, configuration: Mapping[str, Any]) -> Iterator[str]:
        if not configuration.get("secret_key"):
            yield "“secret_key” is missing: Acme Pay shows it once, when it is made."

    @property
    def client(self) -> AcmeClient:
        return AcmeClient(self.configuration)

    def create_payment(self, order: Order, billing_address: Mapping[str, str]) -> PaymentInfo:
        attempt = self._attempt_to_pay()
        wire = self.client.create_payment(describe_attempt(attempt), attempt.idempotency_key)
        payment = read_payment(wire)
        return PaymentInfo(payment_id=payment.reference, provider=self.name, url=payment.url)

    def create_one_click_payment(
        self, order: Order, billing_address: Mapping[str, str], credit_card_token: str
    ) -> OneClickPaymentInfo:
        attempt = self._attempt_to_pay()
        body = {**describe_attempt(attempt), "card": credit_card_token}
        payment = read_payment(self.client.create_payment(body, attempt.idempotency_key))
        info = OneClickPaymentInfo(
            payment_id=payment.reference,
            provider=self.name,
            url=payment.url,
            is_paid=payment.state == PaymentState.SUCCEEDED,
        )
        if payment.state == PaymentState.FAILED:
            info["failure_code"] = payment.failure_code
        return info

    def handle_notification(self, request: HttpRequest) -> None:
        """Acme Pay does not sign: believe the id alone, once it is known, and read it again."""
        data = getattr(request, "data", {})
        reference = str(data.get("payment"))
        if not PAYMENT_ID.fullmatch(reference):
            raise ParseNotificationFailed
        attempts = Payment.objects.select_related("order").filter(backend=self.alias)
        attempt = attempts.filter(provider_reference=reference).first()
        payment = self.retrieve_payment(reference) if attempt else None
        if attempt is None or payment is None:
            raise RegisterPaymentFailed(f"Nobody knows {reference} yet")
        if payment.state == PaymentState.SUCCEEDED:
            self._do_on_payment_success(
                attempt.order,
                {
                    "id": payment.reference,
                    "amount": payment.amount.amount,
                    "currency": str(payment.amount.currency),
                },
            )
        elif payment.state == PaymentState.FAILED:
            self._do_on_payment_failure(
                attempt.order, payment_id=payment.reference, code=payment.failure_code
            )

    def delete_credit_card(self, credit_card: CreditCard) -> None:
        self.client.delete_card(credit_card.token)

    def abort_payment(self, payment_id: str) -> None:
        if not self.client.cancel_payment(payment_id):
            raise AbortPaymentFailed

    def retrieve_payment(self, payment_id: str) -> ProviderPayment | None:
        wire = self.client.retrieve_payment(payment_id)
        return None if wire is None else read_payment(wire)

    def _attempt_to_pay(self) -> Attempt:
        assert self.attempt is not None
        return self.attempt
