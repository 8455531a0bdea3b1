"""Acme Pay: the five methods, each reading build, call, map, return."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from tests.docs.acme_pay.client import AcmeClient
from tests.docs.acme_pay.mapping import (
    describe_payment,
    describe_refund,
    read_notified_ids,
    read_payment,
    read_refund,
)

from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.types import (
    Capability,
    OneClickPaymentInfo,
    PaymentInfo,
    ProviderPayment,
    ProviderRefund,
)
from joanie.payment.exceptions import RegisterPaymentFailed
from joanie.payment.models import CreditCard


class AcmeBackend(BasePaymentBackend):
    """Settings: ``secret_key`` of the account; ``base_url``, which has a default."""

    name = "acme"
    label = "Acme Pay"
    supported_currencies = frozenset({"EUR", "JPY"})
    capabilities = frozenset({Capability.REFUND, Capability.RETRIEVE})

    @classmethod
    def find_faults(cls, configuration: Mapping[str, Any]) -> Iterable[str]:
        if not configuration.get("secret_key"):
            yield "“secret_key” is missing: Acme Pay shows it once, when it is made."

    @property
    def client(self) -> AcmeClient:
        return AcmeClient(self.configuration)

    def create_payment(self, order: Order, billing_address: Mapping[str, str]) -> PaymentInfo:
        attempt = self._current_attempt()
        body = self._describe(order, billing_address)
        wire = self.client.create_payment(body, attempt.idempotency_key)
        return self._tell_page(read_payment(wire))

    def create_one_click_payment(
        self, order: Order, billing_address: Mapping[str, str], credit_card_token: str
    ) -> OneClickPaymentInfo:
        attempt = self._current_attempt()
        body = self._describe(order, billing_address)
        wire = self.client.charge_card(credit_card_token, body, attempt.idempotency_key)
        if wire is None:
            return self._tell_unusable_card()
        return self._tell_charge(order, read_payment(wire))

    def handle_notification(self, request: HttpRequest) -> None:
        """Believe no more than which payment it is about, and read that again.

        Nobody makes us call the provider about what no attempt of ours fits, and whose payment it
        is, the provider says.
        """
        ids = read_notified_ids(request.body)
        if ids is None:
            return
        payment_id, attempt_id = ids
        self._find_attempt(payment_id, attempt_id)
        found = self.retrieve_payment(payment_id)
        if found is None:
            raise RegisterPaymentFailed(f"{payment_id} is not known there")
        self._do_on_payment_read(self._find_attempt(payment_id, found.attempt_id), found)

    def delete_credit_card(self, credit_card: CreditCard) -> None:
        self.client.delete_card(credit_card.token)

    def abort_payment(self, payment_id: str) -> None:
        self.client.cancel_payment(payment_id)

    def retrieve_payment(self, payment_id: str) -> ProviderPayment | None:
        wire = self.client.retrieve_payment(payment_id)
        return None if wire is None else read_payment(wire)

    def refund_payment(
        self, payment_id: str, amount: Money, idempotency_key: str
    ) -> ProviderRefund:
        body = describe_refund(amount, idempotency_key)
        return read_refund(self.client.refund_payment(payment_id, body, idempotency_key))

    def _describe(self, order: Order, billing_address: Mapping[str, str]) -> dict[str, Any]:
        return describe_payment(
            self._current_attempt(),
            title=self._title_of(order),
            learner=str(order.owner_id),
            billing_address=billing_address,
        )
