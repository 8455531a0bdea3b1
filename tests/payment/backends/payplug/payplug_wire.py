"""What PayPlug answers, as its own libraries' fixtures have it."""

from typing import Any

ATTEMPT = "9f0c4f6e-3f0b-4ac5-8f9a-3c1de0a2b7ce"
REFUND = "51b4d1a2-6d1f-4b34-9a52-0a4b5f3b7f10"


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "id": "pay_5iHMDxy4ABR4YBVW4UscIn",
        "object": "payment",
        "is_live": False,
        "amount": 12000,
        "amount_refunded": 0,
        "currency": "EUR",
        "created_at": 1795233395,
        "is_paid": False,
        "paid_at": None,
        "is_refunded": False,
        "is_3ds": None,
        "save_card": False,
        "card": dict.fromkeys(["last4", "country", "exp_month", "exp_year", "brand", "id"]),
        "hosted_payment": {
            "payment_url": "https://secure.payplug.com/pay/test/5iHMDxy4ABR4YBVW4UscIn",
            "return_url": "https://shop.example.org/r",
            "cancel_url": "https://shop.example.org/c",
            "paid_at": None,
            "sent_by": None,
        },
        "notification": {"url": "https://shop.example.org/n", "response_code": None},
        "failure": None,
        "metadata": {"order": "1", "attempt": ATTEMPT},
        "installment_plan_id": None,
        "authorization": None,
        "payment_method": None,
        **changes,
    }


def paid(**changes: Any) -> dict[str, Any]:
    card = {
        "id": "card_167oJVCpvtR9j8N85LraL2GA",
        "last4": "4242",
        "country": "FR",
        "exp_month": 9,
        "exp_year": 2029,
        "brand": "Visa",
        "metadata": None,
    }
    return payment(is_paid=True, paid_at=1795233401, card=card, **changes)


def failed(code: str) -> dict[str, Any]:
    return payment(failure={"code": code, "message": "It failed."})


def refund(**changes: Any) -> dict[str, Any]:
    return {
        "id": "re_390312",
        "payment_id": "pay_5iHMDxy4ABR4YBVW4UscIn",
        "object": "refund",
        "amount": 500,
        "currency": "EUR",
        "created_at": 1795233502,
        "is_live": False,
        "metadata": {"refund": REFUND},
        **changes,
    }
