"""The values that columns of the payment models take, and how states follow each other."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.common.state_machine import StateMachine


class PaymentState(models.TextChoices):
    CREATED = "created", _("Created")
    PENDING = "pending", _("Pending")
    PROCESSING = "processing", _("Processing")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")
    EXPIRED = "expired", _("Expired")
    REVERSED = "reversed", _("Reversed")


# Nobody knows yet how it ends.
OPEN_PAYMENT_STATES = (PaymentState.CREATED, PaymentState.PENDING, PaymentState.PROCESSING)
# Money came, whatever became of it: the ledger says what is left.
ARRIVED_PAYMENT_STATES = (PaymentState.SUCCEEDED, PaymentState.REVERSED)

PAYMENT_MACHINE = StateMachine(
    {
        "open": ((PaymentState.CREATED,), PaymentState.PENDING),
        "process": ((PaymentState.CREATED, PaymentState.PENDING), PaymentState.PROCESSING),
        "succeed": (
            (
                *OPEN_PAYMENT_STATES,
                PaymentState.FAILED,
                PaymentState.CANCELED,
                PaymentState.EXPIRED,
            ),
            PaymentState.SUCCEEDED,
        ),
        "fail": (OPEN_PAYMENT_STATES, PaymentState.FAILED),
        "cancel": (OPEN_PAYMENT_STATES, PaymentState.CANCELED),
        "expire": (OPEN_PAYMENT_STATES, PaymentState.EXPIRED),
        "reverse": ((PaymentState.SUCCEEDED,), PaymentState.REVERSED),
    }
)


class PaymentMethod(models.TextChoices):
    HOSTED = "hosted", _("On the provider's page or form")
    ONE_CLICK = "one_click", _("Saved card")
    NONCE = "nonce", _("Payment method nonce")


class PaymentFlag(models.TextChoices):
    """Why a person should look at a payment."""

    SHORT = "short", _("Less than the order's total")
    EXCESS = "excess", _("More than the order's total")
    LATE = "late", _("The order could no longer use it")
    WRONG_CURRENCY = "wrong_currency", _("Not in the order's currency")
    DISPUTED = "disputed", _("Disputed at the bank")


class FailureCode(models.TextChoices):
    """Why a payment failed, in the same words for every provider."""

    DECLINED = "declined", _("The card was declined.")
    INSUFFICIENT_FUNDS = "insufficient_funds", _("There is not enough money on the card.")
    EXPIRED_CARD = "expired_card", _("The card has expired.")
    LOST_OR_STOLEN = "lost_or_stolen", _("The card was reported lost or stolen.")
    INVALID_CARD = "invalid_card", _("The card is not valid.")
    INCORRECT_DATA = "incorrect_data", _("The number, date or security code is wrong.")
    AUTHENTICATION_REQUIRED = "authentication_required", _("The bank asks for a confirmation.")
    AUTHENTICATION_FAILED = "authentication_failed", _("The bank's confirmation failed.")
    CANCELED = "canceled", _("The payment was canceled.")
    EXPIRED = "expired", _("The payment page has expired.")
    LIMIT_EXCEEDED = "limit_exceeded", _("The card's limit is exceeded.")
    FRAUD_SUSPECTED = "fraud_suspected", _("Fraud is suspected.")
    PROCESSING_ERROR = "processing_error", _("The bank could not process the payment.")
    PROVIDER_ERROR = "provider_error", _("The payment provider had a problem.")
    UNKNOWN = "unknown", _("The payment failed.")


# A thief should not learn that the card is known to be stolen: learners are told "declined".
CONFIDENTIAL_FAILURE_CODES = (FailureCode.LOST_OR_STOLEN, FailureCode.FRAUD_SUSPECTED)
# The bank said no to this card; whoever tries stolen ones collects these.
DECLINE_CODES = (
    FailureCode.DECLINED,
    FailureCode.INSUFFICIENT_FUNDS,
    FailureCode.EXPIRED_CARD,
    FailureCode.LOST_OR_STOLEN,
    FailureCode.INVALID_CARD,
    FailureCode.INCORRECT_DATA,
    FailureCode.AUTHENTICATION_FAILED,
    FailureCode.LIMIT_EXCEEDED,
    FailureCode.FRAUD_SUSPECTED,
)


def publish_failure_code(code: str) -> str:
    """Return the code as the learner may know it."""
    return FailureCode.DECLINED.value if code in CONFIDENTIAL_FAILURE_CODES else code


# A saved card that failed for one of these will never work again.
PERMANENT_FAILURE_CODES = (FailureCode.LOST_OR_STOLEN, FailureCode.INVALID_CARD)


class InvoiceState(models.TextChoices):
    UNPAID = "unpaid", _("Unpaid")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
    REFUNDED = "refunded", _("Refunded")


# Its state is what the ledger says, wherever it comes from.
INVOICE_MACHINE = StateMachine(
    {
        f"become_{target}": (
            tuple(source for source in InvoiceState if source != target),
            target,
        )
        for target in InvoiceState
    }
)


class TransactionKind(models.TextChoices):
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    REFUND_REVERSAL = "refund_reversal", _("Refund that failed later")
    CHARGEBACK = "chargeback", _("Chargeback")
    CHARGEBACK_REVERSAL = "chargeback_reversal", _("Chargeback won")


class CardState(models.TextChoices):
    ACTIVE = "active", _("Active")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    DELETING = "deleting", _("Being removed")


CARD_MACHINE = StateMachine(
    {
        "expire": ((CardState.ACTIVE,), CardState.EXPIRED),
        "renew": ((CardState.EXPIRED,), CardState.ACTIVE),
        "revoke": ((CardState.ACTIVE, CardState.EXPIRED), CardState.REVOKED),
        "start_deletion": (
            (CardState.ACTIVE, CardState.EXPIRED, CardState.REVOKED),
            CardState.DELETING,
        ),
        "keep": ((CardState.DELETING,), CardState.ACTIVE),
    }
)


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    PENDING = "pending", _("Pending")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


OPEN_REFUND_STATES = (RefundState.REQUESTED, RefundState.PENDING)

REFUND_MACHINE = StateMachine(
    {
        "submit": ((RefundState.REQUESTED,), RefundState.PENDING),
        "succeed": ((RefundState.REQUESTED, RefundState.PENDING), RefundState.SUCCEEDED),
        "fail": (
            (RefundState.REQUESTED, RefundState.PENDING, RefundState.SUCCEEDED),
            RefundState.FAILED,
        ),
    }
)


class RefundOrigin(models.TextChoices):
    STAFF = "staff", _("Asked by staff")
    AUTOMATIC = "automatic", _("Money the order could not use")
    PROVIDER = "provider", _("Made at the provider")
    BANK = "bank", _("Taken back by the bank")


class MailKind(models.TextChoices):
    """What a mail tells a learner; the value is the name of its templates."""

    ORDER_PAID = "order_paid", _("Order paid")
    ORDER_REFUNDED = "order_refunded", _("Money given back")
    PAYMENT_FAILED = "payment_failed", _("Payment failed")
    ORDER_EXPIRED = "order_expired", _("Order expired")
    CARD_SAVED = "card_saved", _("Card saved")
    CARD_EXPIRING = "card_expiring", _("Card about to expire")


class NotificationState(models.TextChoices):
    RECEIVED = "received", _("Received")
    PROCESSED = "processed", _("Processed")
    IGNORED = "ignored", _("Nothing to do")
    FAILED = "failed", _("Failed, will be tried again")
    DEAD = "dead", _("Failed for good, needs a person")


class DifferenceKind(models.TextChoices):
    """How what a provider has differs from what is here."""

    ANSWER_LOST = "answer_lost", _("The creation's answer was lost")
    NOTIFICATION_LOST = "notification_lost", _("A notification never came")
    AMOUNT = "amount", _("Another amount at the provider")
    CURRENCY = "currency", _("Another currency at the provider")
    STATE = "state", _("Another state at the provider")
    REFUND = "refund", _("Other refunds at the provider")
    UNKNOWN_HERE = "unknown_here", _("At the provider, unknown here")
    UNKNOWN_THERE = "unknown_there", _("Here, unknown at the provider")


class DifferenceState(models.TextChoices):
    OPEN = "open", _("Needs a look")
    HEALED = "healed", _("Healed by itself")
    SETTLED = "settled", _("Settled by staff")


UNSETTLED_NOTIFICATION_STATES = (
    NotificationState.RECEIVED,
    NotificationState.FAILED,
    NotificationState.DEAD,
)

NOTIFICATION_MACHINE = StateMachine(
    {
        "process": (UNSETTLED_NOTIFICATION_STATES, NotificationState.PROCESSED),
        "ignore": (UNSETTLED_NOTIFICATION_STATES, NotificationState.IGNORED),
        "fail": ((NotificationState.RECEIVED,), NotificationState.FAILED),
        "park": ((NotificationState.FAILED,), NotificationState.DEAD),
    }
)
