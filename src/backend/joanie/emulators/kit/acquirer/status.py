from enum import StrEnum


class PaymentStatus(StrEnum):
    REQUIRES_PAYMENT = "requires_payment"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeStatus(StrEnum):
    """As the merchant sees it: open, the bank has the money; won, it gave it again."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class SetupStatus(StrEnum):
    REQUIRES_CARD = "requires_card"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
