"""One request to an address that a person typed in: looked at first, never without limits."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from ssl import SSLContext

import httpx

from joanie.common.http import is_ours
from joanie.common.transactions import forbid_transaction
from joanie.webhooks.addresses import AddressRefused, check_url, find_addresses

# Bytes of an answer that are read: enough for a sentence that says what is wrong.
LONGEST_ANSWER = 1000
SECONDS_TO_EXPLAIN = 1


@dataclass(frozen=True)
class Answer:
    """``status`` is None when there was no answer; ``error`` is empty when it was taken."""

    status: int | None
    error: str
    duration: timedelta

    @property
    def is_taken(self) -> bool:
        return not self.error


def post(url: str, *, body: str, headers: Mapping[str, str], limit: float) -> Answer:
    """Post a body within ``limit`` seconds in all; say what came of it. Raises nothing else.

    2xx is success. A redirect is not followed: it is a failure. Never in a transaction
    (NetworkInTransaction).
    """
    forbid_transaction()
    started = time.monotonic()
    status: int | None = None
    try:
        status, error = asyncio.run(_post(url, body.encode(), dict(headers), limit))
    except AddressRefused as refusal:
        error = str(refusal)
    except TimeoutError:
        error = f"No answer within {limit:g} seconds."
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as failure:
        error = f"No answer: {type(failure).__name__}."
    duration = timedelta(seconds=round(time.monotonic() - started, 3))
    return Answer(status, error, duration)


@cache
def _get_tls_context() -> SSLContext:
    return httpx.create_ssl_context()


async def _post(url: str, body: bytes, headers: dict[str, str], limit: float) -> tuple[int, str]:
    is_ours.set(True)  # in the context of this call alone
    async with asyncio.timeout(limit):
        parts = check_url(url)
        *others, last = await find_addresses(parts)
        for address in others:
            try:
                return await _post_to(address, parts, body, headers, limit)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await _post_to(last, parts, body, headers, limit)


async def _post_to(
    address: str, url: httpx.URL, body: bytes, headers: dict[str, str], limit: float
) -> tuple[int, str]:
    """Connect to this address, and to no other that the name may have by now.

    The host is still called by its name: in the request, and in the handshake of TLS.
    """
    client = httpx.AsyncClient(
        timeout=limit,
        transport=httpx.AsyncHTTPTransport(verify=_get_tls_context()),
        follow_redirects=False,
        trust_env=False,
    )
    request = client.build_request(
        "POST",
        url.copy_with(host=address),
        content=body,
        headers={
            **headers,
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "Joanie",
        },
        extensions={"sni_hostname": url.raw_host.decode("ascii")},
    )
    async with client:
        answer = await client.send(request, stream=True)
        try:
            return answer.status_code, await _read_error(answer)
        finally:
            await answer.aclose()


async def _read_error(answer: httpx.Response) -> str:
    """Return what the answer says is wrong, in one line; nothing when it was taken."""
    if answer.is_success:
        return ""
    said = b""
    with suppress(httpx.HTTPError, TimeoutError):  # the status says enough
        async with asyncio.timeout(SECONDS_TO_EXPLAIN):
            async for chunk in answer.aiter_raw():
                said += chunk
                if len(said) >= LONGEST_ANSWER:
                    break
    text = said[:LONGEST_ANSWER].decode(errors="replace")
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return f"Status {answer.status_code}. {line}".strip()
