from joanie.payment.backends.dummy.harness import Harness

__all__ = ["Harness"]
