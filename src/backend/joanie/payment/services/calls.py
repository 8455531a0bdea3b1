"""Calling a backend: outside transactions, and with its surprises turned into our errors."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from joanie.common.exceptions import JoanieError, ProviderUnavailable
from joanie.common.transactions import forbid_transaction

logger = logging.getLogger(__name__)


@contextmanager
def calling_provider(alias: str) -> Iterator[None]:
    """Guard the calls made to one provider.

    An exception that is none of ours says nothing of what the provider did: it is logged and
    becomes ProviderUnavailable, an unknown outcome.
    """
    forbid_transaction()
    try:
        yield
    except JoanieError:
        raise
    except Exception as error:
        logger.exception("The backend %s broke", alias)
        raise ProviderUnavailable(reason=type(error).__name__) from error
