"""What a line of the log is about: the request or job, and the order, payment… it concerns.

A request or a job is a scope, and so is what it does for one order among others. ``LogContext``
gives each line the ids that are known where it is written. Ids only: nothing else is put here.
"""

import logging
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_scope: ContextVar[ChainMap[str, str] | None] = ContextVar("joanie_log_scope", default=None)


@contextmanager
def log_context(**ids: object) -> Iterator[Mapping[str, str]]:
    """Have the lines of a block say ``order_id=…`` and the like, beside what they say already.

    Gives all that is known there.
    """
    around = _scope.get()
    known = {name: str(value) for name, value in ids.items()}
    scope = around.new_child(known) if around is not None else ChainMap(known)
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)


def note_in_log(**ids: object) -> None:
    """Have all further lines of the request or job say so: it is about this order, and no other.

    Does nothing outside of one.
    """
    scope = _scope.get()
    if scope is not None:
        scope.maps[-1].update((name, str(value)) for name, value in ids.items())


class LogContext(logging.Filter):
    """Add what is known to a line, as attributes; what the line says of itself stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in (_scope.get() or {}).items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True
