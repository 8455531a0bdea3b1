from joanie.payment.backends.braintree.backend import BraintreeBackend

__all__ = ["BraintreeBackend"]
