"""Stripe's form in the browser, as the conformance suite plays it."""

from joanie.payment.backends.stripe.harness import Harness as StripeHarness
from joanie.payment.backends.types import PaymentInfo
from joanie.payment.conformance.harness import Card, Operation


class Harness(StripeHarness):
    page = "docs/reference/providers/stripe.md"
    operations = {
        **StripeHarness.operations,
        Operation.CREATE: "create_intent",
        Operation.RETRIEVE: "retrieve_intent",
        Operation.ABORT: "cancel_intent",
    }

    def pay(self, info: PaymentInfo, card: Card, *, saves: bool = False) -> str:  # noqa: ARG002
        """Confirm the payment intent, as Stripe's library does with the client secret."""
        reference = info["payment_id"]
        account = self.find(reference).page.account.number - 1
        card_id = self.slow_card if self._is_slow else self.cards[card]
        self._is_slow = False
        response = self.http.post(
            f"{self.base_url}/v1/payment_intents/{reference}/confirm",
            data={"payment_method": card_id, "return_url": "https://shop.example.org/back"},
            headers={"Authorization": f"Bearer {self.configuration(account)['secret_key']}"},
        )
        action = response.json().get("next_action") or {}
        return str(action.get("redirect_to_url", {}).get("url", ""))
