from joanie.payment.backends.stripe.form.backend import StripePaymentIntentBackend

__all__ = ["StripePaymentIntentBackend"]
