"""Payment providers of one process, which do what their configuration says."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest

from joanie.common.exceptions import ProviderRejected, ProviderUnavailable
from joanie.core.models import Order
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.types import (
    Capability,
    Flow,
    OneClickPaymentInfo,
    PaymentInfo,
    ProviderPayment,
)
from joanie.payment.enums import PaymentState
from joanie.payment.exceptions import (
    AbortPaymentFailed,
    CreatePaymentFailed,
    ParseNotificationFailed,
)
from joanie.payment.models import CreditCard, Payment

# Made anew each time: whoever passes an error on adds to what it says.
ERRORS: dict[str, Callable[[], Exception]] = {
    "declines": lambda: CreatePaymentFailed("Reported stolen", failure_code="lost_or_stolen"),
    "down": lambda: ProviderUnavailable("connect to 10.0.0.1 failed"),
    "misconfigured": lambda: ProviderRejected("key sk_live_1 is wrong"),
}


class PageBackend(BasePaymentBackend):
    """Learners pay on its page. ``misbehaves`` in its configuration says how it goes wrong."""

    name = "page"
    label = "Bank card"
    capabilities = frozenset({Capability.RETRIEVE})

    def create_payment(self, order: Order, billing_address: Mapping[str, str]) -> PaymentInfo:
        self._misbehave()
        assert self.attempt is not None
        reference = f"page_{self.attempt.id}"
        return PaymentInfo(
            payment_id=reference,
            provider=self.name,
            url=f"https://pay.example.org/{reference}?lang={self.attempt.language}",
        )

    def create_one_click_payment(
        self, order: Order, billing_address: Mapping[str, str], credit_card_token: str
    ) -> OneClickPaymentInfo:
        self._misbehave()
        info = OneClickPaymentInfo(
            payment_id=f"click_{self._attempt_id}",
            provider=self.name,
            url="",
            is_paid=credit_card_token != "stolen",
        )
        if not info["is_paid"]:
            info["failure_code"] = "lost_or_stolen"
        return info

    def handle_notification(self, request: HttpRequest) -> None:
        event: Any = request
        if event.data.get("secret") != "honest":
            raise ParseNotificationFailed
        payment = Payment.objects.select_related("order").get(
            provider_reference=event.data["payment"]
        )
        self._do_on_payment_success(
            payment.order, {"id": event.data["payment"], "amount": payment.amount.amount}
        )

    def delete_credit_card(self, credit_card: CreditCard) -> None:
        """It forgets at once."""

    def abort_payment(self, payment_id: str) -> None:
        if self.configuration.get("misbehaves") == "late":
            raise AbortPaymentFailed

    def retrieve_payment(self, payment_id: str) -> ProviderPayment | None:
        self._misbehave()
        payment = Payment.objects.get(provider_reference=payment_id)
        state = PaymentState(self.configuration.get("state", "pending"))
        return ProviderPayment(reference=payment_id, state=state, amount=payment.amount)

    def _misbehave(self) -> None:
        make_error = ERRORS.get(self.configuration.get("misbehaves", ""))
        if make_error is not None:
            raise make_error()


class EurosBackend(PageBackend):
    """Takes euros only, never in one click, and has something public to say."""

    name = "euros"
    label = ""
    supported_currencies = frozenset({"EUR"})
    supports_one_click = False
    capabilities = frozenset({Capability.PUBLIC_CONFIGURATION})

    def get_public_configuration(self) -> dict[str, Any]:
        return {"publishable_key": self.configuration["publishable_key"]}


class EmbeddedBackend(PageBackend):
    """The learner pays in a widget of its own, on our page."""

    name = "embedded"
    flow = Flow.EMBEDDED

    def create_payment(self, order: Order, billing_address: Mapping[str, str]) -> PaymentInfo:
        info = super().create_payment(order, billing_address)
        return {**info, "client": {"client_secret": "cs_1"}}
