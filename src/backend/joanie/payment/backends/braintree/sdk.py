"""Braintree's own SDK, which comes with ``joanie[braintree]``."""

import warnings

try:
    with warnings.catch_warnings():
        # Of the SDK, about itself.
        warnings.simplefilter("ignore", DeprecationWarning)
        import braintree  # type: ignore[import-untyped]
        from braintree.util.xml_util import XmlUtil  # type: ignore[import-untyped]
except ImportError as error:
    raise ImportError("Braintree's SDK is not installed: install “joanie[braintree]”.") from error

__all__ = ["XmlUtil", "braintree"]
