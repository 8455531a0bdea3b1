"""What a learner is told about a payment that failed: what happened, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import pgettext_lazy

from joanie.payment.enums import FailureCode
from joanie.payment.models import Payment


@dataclass(frozen=True)
class Failure:
    """``explanation`` and ``advice`` are sentences; ``code`` is the one the learner may know."""

    code: str
    explanation: str
    advice: str

    @classmethod
    def of(cls, payment: Payment) -> Self:
        """Read it, in the active language."""
        code = FailureCode(payment.public_failure_code or FailureCode.UNKNOWN)
        explanation, advice = SENTENCES[code]
        return cls(code=code.value, explanation=str(explanation), advice=str(advice))


_ANOTHER_CARD = pgettext_lazy("mail", "Pay with another card.")
_CHECK_THE_CARD = pgettext_lazy(
    "mail", "Enter the details of the card again, or pay with another card."
)
_CONFIRM = pgettext_lazy(
    "mail",
    "Try again, and confirm the payment as your bank asks: in its app, or with the code it sends.",
)
_IN_A_MOMENT = pgettext_lazy("mail", "Try again in a few minutes, or pay with another card.")
_WHENEVER = pgettext_lazy("mail", "You can pay as soon as you are ready.")

# One for each code that a learner may know.
SENTENCES: Mapping[FailureCode, tuple[Any, Any]] = {
    FailureCode.DECLINED: (
        pgettext_lazy("mail", "Your bank declined the card."),
        pgettext_lazy("mail", "Pay with another card, or ask your bank for the reason."),
    ),
    FailureCode.INSUFFICIENT_FUNDS: (
        pgettext_lazy("mail", "There was not enough money available on the card."),
        _ANOTHER_CARD,
    ),
    FailureCode.EXPIRED_CARD: (
        pgettext_lazy("mail", "The card has expired."),
        _ANOTHER_CARD,
    ),
    FailureCode.INVALID_CARD: (
        pgettext_lazy("mail", "The bank does not know this card."),
        _CHECK_THE_CARD,
    ),
    FailureCode.INCORRECT_DATA: (
        pgettext_lazy("mail", "The number, the date or the security code was wrong."),
        _CHECK_THE_CARD,
    ),
    FailureCode.AUTHENTICATION_REQUIRED: (
        pgettext_lazy("mail", "Your bank wants you to confirm this payment."),
        _CONFIRM,
    ),
    FailureCode.AUTHENTICATION_FAILED: (
        pgettext_lazy("mail", "Your bank did not receive your confirmation."),
        _CONFIRM,
    ),
    FailureCode.CANCELED: (
        pgettext_lazy("mail", "The payment was canceled before its end."),
        _WHENEVER,
    ),
    FailureCode.EXPIRED: (
        pgettext_lazy("mail", "The payment page was left open for too long."),
        _WHENEVER,
    ),
    FailureCode.LIMIT_EXCEEDED: (
        pgettext_lazy("mail", "The spending limit of the card is reached."),
        pgettext_lazy("mail", "Pay with another card, or ask your bank to raise the limit."),
    ),
    FailureCode.PROCESSING_ERROR: (
        pgettext_lazy("mail", "Your bank had a technical problem."),
        _IN_A_MOMENT,
    ),
    FailureCode.PROVIDER_ERROR: (
        pgettext_lazy("mail", "There was a technical problem with the payment."),
        _IN_A_MOMENT,
    ),
    FailureCode.UNKNOWN: (
        pgettext_lazy("mail", "The payment could not be completed."),
        _IN_A_MOMENT,
    ),
}
