"""Records as the dummy's JSON."""

from typing import Any

from joanie.emulators.kit.acquirer.addresses import url_of_payment, url_of_setup
from joanie.emulators.kit.acquirer.cards import Card
from joanie.emulators.kit.acquirer.records import CardSetup, Dispute, Payment, Refund

Json = dict[str, Any]


def card_as_json(card: Card) -> Json:
    return {
        "token": card.token,
        "brand": card.test_card.brand,
        "last_numbers": card.test_card.last_numbers,
        "expiration_month": card.expiration_month,
        "expiration_year": card.expiration_year,
        "saved": card.token is not None,
        "customer": card.customer,
    }


def refund_as_json(refund: Refund) -> Json:
    return {
        "id": refund.id,
        "object": "refund",
        "payment": refund.payment,
        "amount": refund.amount,
        "currency": refund.currency,
        "status": refund.status,
        "reference": refund.reference,
        "failure_code": refund.failure_code,
        "created": int(refund.created),
    }


def dispute_as_json(dispute: Dispute) -> Json:
    return {
        "id": dispute.id,
        "object": "dispute",
        "payment": dispute.payment,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "status": dispute.status,
        "created": int(dispute.created),
    }


def payment_as_json(payment: Payment) -> Json:
    return {
        "id": payment.id,
        "object": "payment",
        "status": payment.status,
        "amount": payment.amount,
        "currency": payment.currency,
        "reference": payment.reference,
        "description": payment.description,
        "url": url_of_payment(payment),
        "failure_code": payment.failure_code,
        "card": card_as_json(payment.card) if payment.card else None,
        "amount_refunded": payment.amount_refunded,
        "refunds": [refund_as_json(refund) for refund in payment.refunds],
        "disputes": [dispute_as_json(dispute) for dispute in payment.disputes],
        "created": int(payment.created),
        "updated": int(payment.updated),
        **payment.overrides,
    }


def setup_as_json(setup: CardSetup) -> Json:
    return {
        "id": setup.id,
        "object": "card_setup",
        "status": setup.status,
        "url": url_of_setup(setup),
        "card": card_as_json(setup.card) if setup.card else None,
    }


def as_json(record: Payment | Refund | Dispute) -> Json:
    match record:
        case Payment():
            return payment_as_json(record)
        case Refund():
            return refund_as_json(record)
        case Dispute():
            return dispute_as_json(record)
