"""Calling a backend: outside transactions, and with its surprises turned into our errors."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from joanie.common import metrics
from joanie.common.exceptions import JoanieError, ProviderUnavailable
from joanie.common.transactions import forbid_transaction

logger = logging.getLogger(__name__)


@contextmanager
def calling_provider(alias: str, operation: str, *, is_timed: bool = True) -> Iterator[None]:
    """Guard the calls made to one provider, and time them as ``operation``.

    What may not be a call, such as the next of what was listed already, is not ``is_timed``: it
    is in the metrics when it raises.

    An exception that is none of ours says nothing of what the provider did: it is logged and
    becomes ProviderUnavailable, an unknown outcome.
    """
    forbid_transaction()
    started, outcome = time.monotonic(), "ok"
    try:
        yield
    except JoanieError as error:
        outcome = error.code
        raise
    except Exception as error:
        logger.exception("The backend %s broke", alias)
        outcome = "broken"
        raise ProviderUnavailable(reason=type(error).__name__) from error
    finally:
        if is_timed or outcome != "ok":
            seconds = time.monotonic() - started
            metrics.provider_calls.labels(alias, operation, outcome).observe(seconds)
