from joanie.payment.models.credit_cards import CreditCard
from joanie.payment.models.differences import Difference
from joanie.payment.models.invoices import DocumentSequence, ProformaInvoice
from joanie.payment.models.mails import Mail
from joanie.payment.models.notifications import (
    NotificationRejection,
    PaymentNotification,
)
from joanie.payment.models.payments import Payment
from joanie.payment.models.refunds import Refund
from joanie.payment.models.transactions import Transaction

__all__ = [
    "CreditCard",
    "Difference",
    "DocumentSequence",
    "Mail",
    "NotificationRejection",
    "Payment",
    "PaymentNotification",
    "ProformaInvoice",
    "Refund",
    "Transaction",
]
