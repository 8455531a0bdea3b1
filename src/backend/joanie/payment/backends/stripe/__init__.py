from joanie.payment.backends.stripe.backend import StripeBackend
from joanie.payment.backends.stripe.form import StripePaymentIntentBackend

__all__ = ["StripeBackend", "StripePaymentIntentBackend"]
