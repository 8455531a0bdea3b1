"""Stripe within our own page: a form of its library, and a payment intent."""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser

from joanie.common.exceptions import ProviderRejected
from joanie.core.models import Order
from joanie.payment.backends.learners import name_learner
from joanie.payment.backends.stripe import mapping
from joanie.payment.backends.stripe.backend import StripeBackend, make_second_key
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
        key = attempt.idempotency_key
        try:
            intent = self.client.create_intent(body, key)
        except ProviderRejected as error:
            self._give_up_customer(body.get("customer"), error)
            # Under a key of this attempt: with the learner's own Stripe may repeat who is gone.
            body["customer"] = self._make_customer(order.owner, f"customer-{key}")
            intent = self.client.create_intent(body, make_second_key(key))
        return self._tell_page(mapping.read_payment(intent), **self._tell_browser(intent))

    def _need_customer(self, owner: AbstractBaseUser) -> str:
        """Return Stripe's name of a learner, made now when there is none. Safe to repeat."""
        known = self._find_customer(owner)
        if known:
            return known
        return self._make_customer(owner, f"customer-{self.alias}-{name_learner(owner)}")

    def _make_customer(self, owner: AbstractBaseUser, key: str) -> str:
        body = {"metadata": self._names_of_learner(owner)}
        return str(self.client.create_customer(body, key)["id"])
