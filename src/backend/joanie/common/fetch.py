"""Reading a public document of another system: never in a transaction, never without limits."""

import asyncio

import httpx

from joanie.common.http import is_ours
from joanie.common.transactions import forbid_transaction


class FetchFailed(Exception):
    """There is no such document to be had; the message says why."""


def fetch(url: str, *, timeout: float, max_size: int) -> bytes:
    """Return the body of a 200 answer, within ``timeout`` seconds in all and ``max_size`` bytes.

    Redirects are not followed, and no proxy of the environment is asked. Raises FetchFailed.
    """
    forbid_transaction()
    try:
        return asyncio.run(_read(url, timeout, max_size))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise FetchFailed(type(error).__name__) from error


async def _read(url: str, limit: float, max_size: int) -> bytes:
    """Read within the time limit, all of it: httpx's own limits are for each step."""
    is_ours.set(True)  # in the context of this call alone
    # As it is sent: what is compressed has no size before it is unpacked.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    client = httpx.AsyncClient(timeout=limit, follow_redirects=False, trust_env=False)
    async with (
        asyncio.timeout(limit),
        client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        if answer.status_code != 200:
            raise FetchFailed(f"status {answer.status_code}")
        body = b""
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > max_size:
                raise FetchFailed(f"more than {max_size} bytes")
        return body
