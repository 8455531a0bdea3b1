from joanie.payment.backends.dummy.backend import DummyPaymentBackend

__all__ = ["DummyPaymentBackend"]
