"""Stripe within our own page: a form of its library, and a payment intent."""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser

from joanie.core.models import Order
from joanie.payment.backends.stripe import mapping
from joanie.payment.backends.stripe.backend import StripeBackend
from joanie.payment.backends.stripe.orders import refusing_what_stripe_cannot_take
from joanie.payment.backends.types import Flow, PaymentInfo


class StripePaymentIntentBackend(StripeBackend):
    """Pays in a form of Stripe's library within our own page."""

    label = "Stripe (form)"
    flow = Flow.EMBEDDED

    def create_payment(
        self,
        order: Order,
        billing_address: Mapping[str, str],  # noqa: ARG002 - Stripe's page asks for its own
    ) -> PaymentInfo:
        attempt = self._current_attempt()
        with refusing_what_stripe_cannot_take():
            body = mapping.describe_intent(
                attempt,
                title=self._title_of(order),
                metadata=self._names_of(order),
                customer=self._need_customer(order.owner) if attempt.save_card else "",
            )
        intent = self.client.create_intent(body, attempt.idempotency_key)
        return self._tell_page(mapping.read_payment(intent), **self._tell_browser(intent))

    def _need_customer(self, owner: AbstractBaseUser) -> str:
        """Return Stripe's name of a learner, made now when there is none. Safe to repeat."""
        known = self._find_customer(owner)
        if known:
            return known
        learner = str(owner.pk)
        body = {"metadata": {"backend": self.alias, "learner": learner}}
        made = self.client.create_customer(body, f"customer-{self.alias}-{learner}")
        return str(made["id"])
