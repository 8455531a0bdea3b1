"""Things that happen at the same moment, each on a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls together; give what each returned or raised, in order."""
    barrier = Barrier(len(calls))

    def start(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(start, calls))


def winners(results: list[Any], *refusals: type[Exception]) -> list[Any]:
    """Give what was returned. Whatever was raised, ``refusals`` apart, is raised again."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, refusals):
            raise result
    return [result for result in results if not isinstance(result, Exception)]
