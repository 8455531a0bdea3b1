"""How Braintree says no."""

from joanie.emulators.kit.errors import ApiError

INVALID = "invalid"


class Invalid(ApiError):
    """422: the request itself is refused, and nothing was done. ``code`` is Braintree's."""

    def __init__(
        self, code: str, attribute: str, message: str, *, about: str = "transaction"
    ) -> None:
        super().__init__(422, INVALID, message, number=code, attribute=attribute, about=about)


# What the kit refuses, in Braintree's numbers.
NUMBERS = {
    "already_settled": ("91504", "base", "Transaction can only be voided if it is open."),
    "card_unknown": ("91518", "payment_method_token", "Payment method token is invalid."),
    "idempotency_in_use": ("915233", "api_request_key", "The first request is still running."),
    "idempotency_mismatch": ("915232", "api_request_key", "The key was for another request."),
    "payment_not_paid": ("91506", "base", "Cannot refund a transaction unless it is settled."),
    "refund_too_large": ("91521", "amount", "Refund amount is too large."),
}
