from joanie.payment.backends.payplug.backend import PayplugBackend

__all__ = ["PayplugBackend"]
