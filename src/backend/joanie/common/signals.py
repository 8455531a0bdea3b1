"""Telling host projects that something happened, once it is certain."""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal


def send_after_commit(signal: Signal, sender: type, **details: Any) -> None:
    """Send a signal when the current transaction is committed; never when it is rolled back.

    Receivers run then and there, outside the transaction, in whichever process committed it. One
    that raises is logged, and neither stops the others nor undoes anything.
    """
    transaction.on_commit(partial(signal.send_robust, sender=sender, **details))
