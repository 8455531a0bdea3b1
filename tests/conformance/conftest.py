from joanie.payment.conformance.conftest import _providers, backend, harness, shop

__all__ = ["_providers", "backend", "harness", "shop"]
