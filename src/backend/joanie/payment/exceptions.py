"""What can go wrong with payments. The message is optional; ``code`` is the class's."""

from http import HTTPStatus

from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import JoanieError, ProviderError, Refused

# What a backend raises -------------------------------------------------------------------------


class CreatePaymentFailed(ProviderError):
    """The provider refuses to create the payment. ``failure_code`` in the context says why."""

    code = "create_payment_failed"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("The payment was refused. Try again, or use another means of payment.")


class AbortPaymentFailed(ProviderError):
    """The payment can no longer be aborted: it is paid, or about to be."""

    code = "abort_payment_failed"
    status = HTTPStatus.CONFLICT
    detail = _("It is too late to abort this payment.")


class RefundPaymentFailed(ProviderError):
    """The provider refuses the refund, or what it says about one cannot be booked."""

    code = "refund_payment_failed"
    status = HTTPStatus.CONFLICT
    detail = _("This refund is not possible.")


class RegisterPaymentFailed(JoanieError):
    """What the provider says about a payment cannot be booked. It stays in the inbox."""

    code = "register_payment_failed"
    status = HTTPStatus.CONFLICT
    detail = _("This payment could not be booked.")


class CardNotKept(JoanieError):
    """What the provider says about a card cannot be stored."""

    code = "card_not_kept"
    status = HTTPStatus.CONFLICT
    detail = _("This card could not be kept.")


class ParseNotificationFailed(JoanieError):
    """Not a notification of this provider: signature, age, size or contents."""

    code = "parse_notification_failed"
    status = HTTPStatus.BAD_REQUEST
    detail = _("This is not a notification that we understand.")


class NotificationTooLarge(ParseNotificationFailed):
    code = "notification_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    detail = _("This is larger than any notification.")


# What a use case refuses -----------------------------------------------------------------------


class UnknownPaymentBackend(Refused):
    code = "unknown_payment_method"
    status = HTTPStatus.NOT_FOUND
    detail = _("There is no such payment method.")


class PaymentMethodUnusable(Refused):
    """``field`` names the part of the request to change."""

    code = "payment_method_unusable"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class OrderAlreadyBought(Refused):
    code = "order_already_bought"
    detail = _("You have already bought this.")


class OrderNotPayable(Refused):
    code = "order_not_payable"
    detail = _("This order can no longer be paid.")


class OrderUnderReview(Refused):
    """Some money came, but not what the order asks for: people have to look first."""

    code = "order_under_review"
    detail = _("We received a payment that does not match this order. We are looking into it.")


class PaymentOutcomeUnknown(Refused):
    """A charge was sent and its outcome is not known yet: another one might charge twice."""

    code = "payment_outcome_unknown"
    detail = _("We are still waiting for the outcome of your last payment. Try again in a minute.")
    retry_after = 30


class TooManyDeclines(Refused):
    code = "too_many_declines"
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = _("Too many payments were declined. Try again in an hour.")
    retry_after = 3600


class RefundTooLarge(Refused):
    code = "refund_too_large"
    detail = _("There is less than that left to give back.")


class RefundIdReused(Refused):
    code = "refund_id_reused"
    detail = _("This form was used for another refund. Open it again.")


class PaidOrderNotCancelable(Refused):
    code = "paid_order_not_cancelable"
    detail = _("This order is paid: give its money back instead.")


class PaymentNotSettled(Refused):
    """Money of a payment that was flagged is still here, and is not the order's."""

    code = "payment_not_settled"
    detail = _("Some money of this payment is still to be given back.")


class CardUnusable(Refused):
    code = "card_unusable"
    status = HTTPStatus.BAD_REQUEST
    field = "is_main"
    detail = _("This card cannot be used.")
