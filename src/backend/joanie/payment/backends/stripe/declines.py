"""Why Stripe says that a payment failed, in our words.

https://docs.stripe.com/error-codes and https://docs.stripe.com/declines/codes
"""

from collections.abc import Mapping
from typing import Any

from joanie.payment.enums import FailureCode

_BY_CODE = {
    "authentication_required": FailureCode.AUTHENTICATION_REQUIRED,
    "card_declined": FailureCode.DECLINED,
    "expired_card": FailureCode.EXPIRED_CARD,
    "incorrect_address": FailureCode.INCORRECT_DATA,
    "incorrect_cvc": FailureCode.INCORRECT_DATA,
    "incorrect_number": FailureCode.INCORRECT_DATA,
    "incorrect_zip": FailureCode.INCORRECT_DATA,
    "invalid_card_type": FailureCode.DECLINED,
    "invalid_cvc": FailureCode.INCORRECT_DATA,
    "invalid_expiry_month": FailureCode.INCORRECT_DATA,
    "invalid_expiry_year": FailureCode.INCORRECT_DATA,
    "invalid_number": FailureCode.INCORRECT_DATA,
    "payment_intent_authentication_failure": FailureCode.AUTHENTICATION_FAILED,
    "payment_intent_payment_attempt_expired": FailureCode.EXPIRED,
    "payment_intent_payment_attempt_failed": FailureCode.DECLINED,
    "payment_method_customer_decline": FailureCode.CANCELED,
    "payment_method_provider_decline": FailureCode.DECLINED,
    "payment_method_provider_timeout": FailureCode.PROCESSING_ERROR,
    "processing_error": FailureCode.PROCESSING_ERROR,
    "setup_intent_authentication_failure": FailureCode.AUTHENTICATION_FAILED,
}
# More precise than the code, where there is one.
_BY_DECLINE_CODE = {
    "authentication_not_handled": FailureCode.AUTHENTICATION_FAILED,
    "authentication_required": FailureCode.AUTHENTICATION_REQUIRED,
    "card_velocity_exceeded": FailureCode.LIMIT_EXCEEDED,
    "expired_card": FailureCode.EXPIRED_CARD,
    "fraudulent": FailureCode.FRAUD_SUSPECTED,
    "incorrect_cvc": FailureCode.INCORRECT_DATA,
    "incorrect_number": FailureCode.INCORRECT_DATA,
    "incorrect_pin": FailureCode.INCORRECT_DATA,
    "incorrect_zip": FailureCode.INCORRECT_DATA,
    "insufficient_funds": FailureCode.INSUFFICIENT_FUNDS,
    "invalid_account": FailureCode.INVALID_CARD,
    "invalid_cvc": FailureCode.INCORRECT_DATA,
    "invalid_expiry_month": FailureCode.INCORRECT_DATA,
    "invalid_expiry_year": FailureCode.INCORRECT_DATA,
    "invalid_number": FailureCode.INCORRECT_DATA,
    "issuer_not_available": FailureCode.PROCESSING_ERROR,
    "lost_card": FailureCode.LOST_OR_STOLEN,
    "merchant_blacklist": FailureCode.FRAUD_SUSPECTED,
    "new_account_information_available": FailureCode.INVALID_CARD,
    "pickup_card": FailureCode.LOST_OR_STOLEN,
    "processing_error": FailureCode.PROCESSING_ERROR,
    "reenter_transaction": FailureCode.PROCESSING_ERROR,
    "restricted_card": FailureCode.LOST_OR_STOLEN,
    "stolen_card": FailureCode.LOST_OR_STOLEN,
    "try_again_later": FailureCode.PROCESSING_ERROR,
    "withdrawal_count_limit_exceeded": FailureCode.LIMIT_EXCEEDED,
}


def read_failure(error: Mapping[str, Any] | None) -> FailureCode | None:
    """Read ``last_payment_error``, or the error of an answer; None when nothing failed.

    Banks invent reasons: one that nobody knows is a plain decline.
    """
    if not error:
        return None
    precise = _BY_DECLINE_CODE.get(error.get("decline_code") or "")
    return precise or _BY_CODE.get(error.get("code") or "", FailureCode.DECLINED)
