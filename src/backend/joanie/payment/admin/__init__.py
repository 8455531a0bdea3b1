"""Orders and what was paid for them, in Django's admin: nothing here is edited.

What can be done is done by buttons, which call services.
"""

from joanie.payment.admin import (
    credit_cards,
    differences,
    invoices,
    mails,
    notifications,
    orders,
    payments,
    refunds,
    transactions,
)

__all__ = [
    "credit_cards",
    "differences",
    "invoices",
    "mails",
    "notifications",
    "orders",
    "payments",
    "refunds",
    "transactions",
]
