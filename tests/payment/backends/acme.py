"""A backend as somebody writes it who has read the seed document and nothing else of Joanie.

Five methods, three hooks, a notification format of its own, no authentication step, no optional
capability. Its provider is a notebook in memory.
"""

from decimal import Decimal
from typing import Any

from joanie.core.models import Order
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.exceptions import (
    AbortPaymentFailed,
    ParseNotificationFailed,
    RefundPaymentFailed,
    RegisterPaymentFailed,
)
from joanie.payment.models import Transaction


class AcmePay:
    """The provider: what was created, aborted and forgotten there."""

    password = "sesame"
    payments: dict[str, dict[str, Any]] = {}
    forgotten_cards: list[str] = []

    @classmethod
    def create(cls, order: Order) -> dict[str, Any]:
        payment = {"id": f"acme_{len(cls.payments) + 1}", "order": str(order.id), "state": "open"}
        cls.payments[payment["id"]] = payment
        return payment


class AcmeBackend(BasePaymentBackend):
    name = "acme"

    def create_payment(self, order, billing_address):  # type: ignore[no-untyped-def]
        payment = AcmePay.create(order)
        return {
            "payment_id": payment["id"],
            "provider": self.name,
            "url": f"https://pay.acme.example/{payment['id']}/{billing_address['country']}",
        }

    def create_one_click_payment(self, order, billing_address, credit_card_token):  # type: ignore[no-untyped-def]
        payment = AcmePay.create(order)
        if credit_card_token == "lost":
            raise ConnectionError("The answer got lost")
        if credit_card_token == "empty":
            self._do_on_payment_failure(order)
            return {
                "payment_id": payment["id"],
                "provider": self.name,
                "url": "",
                "is_paid": False,
                "failure_code": "insufficient_funds",
            }
        self._do_on_payment_success(
            order=order,
            payment={
                "id": payment["id"],
                "amount": Decimal(order.total.amount),
                "billing_address": billing_address,
            },
        )
        return {"payment_id": payment["id"], "provider": self.name, "url": "", "is_paid": True}

    def handle_notification(self, request):  # type: ignore[no-untyped-def]
        data = request.data
        if data.get("password") != AcmePay.password:
            raise ParseNotificationFailed
        if data["what"] == "refunded":
            return self._handle_refund(data)
        try:
            order = Order.objects.get(id=data["order"])
        except Order.DoesNotExist as error:
            raise RegisterPaymentFailed(f"Order {data['order']} does not exist") from error
        if data["what"] == "paid":
            self._do_on_payment_success(
                order=order,
                payment={
                    "id": data["payment"],
                    "amount": Decimal(data["cents"]) / 100,
                    "billing_address": {
                        "first_name": "Acme",
                        "last_name": "Customer",
                        "address": "1 Acme Road",
                        "postcode": "1000",
                        "city": "Brussels",
                        "country": "BE",
                    },
                },
            )
        if data["what"] == "declined":
            self._do_on_payment_failure(order)
        return None

    def _handle_refund(self, data):  # type: ignore[no-untyped-def]
        try:
            booked = Transaction.objects.get(reference=data["payment"])
        except Transaction.DoesNotExist as error:
            raise RefundPaymentFailed(f"Payment {data['payment']} is not booked") from error
        self._do_on_refund(
            amount=Decimal(data["cents"]) / 100,
            proforma_invoice=booked.proforma_invoice,
            refund_reference=data["refund"],
        )

    def delete_credit_card(self, credit_card):  # type: ignore[no-untyped-def]
        AcmePay.forgotten_cards.append(credit_card.token)

    def abort_payment(self, payment_id):  # type: ignore[no-untyped-def]
        if AcmePay.payments[payment_id]["state"] == "paid":
            raise AbortPaymentFailed(f"Payment {payment_id} is paid")
        AcmePay.payments[payment_id]["state"] = "aborted"
