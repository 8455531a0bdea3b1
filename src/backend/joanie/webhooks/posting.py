"""One request to an address that a person typed in: looked at first, never without limits."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from ssl import SSLContext

import httpx

from joanie.common.http import is_ours
from joanie.common.transactions import forbid_transaction
from joanie.webhooks.addresses import AddressRefused, check_url, find_addresses

# Bytes of an answer that are read: enough for a sentence that says what is wrong.
LONGEST_ANSWER = 1000
SECONDS_TO_EXPLAIN = 1

# Answers to a request that say nothing of the message: later, to all of them.
NOT_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
SAY_WHEN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True)
class Answer:
    """``status`` is None when there was no answer; ``error`` is empty when it was taken.

    ``asked``: how long the receiver wants to be left alone.
    """

    status: int | None
    error: str
    asked: timedelta = timedelta()
    duration: timedelta = timedelta()

    @property
    def is_taken(self) -> bool:
        return not self.error

    @property
    def is_for_all(self) -> bool:
        """Say whether the next message would fare no better: not so when this one is refused."""
        is_refusal = self.status is not None and 400 <= self.status < 500
        return not self.is_taken and (not is_refusal or self.status in NOT_NOW)


def post(url: str, *, body: str, headers: Mapping[str, str], limit: float) -> Answer:
    """Post a body within ``limit`` seconds in all; say what came of it. Raises nothing else.

    2xx is success. A redirect is not followed: it is a failure. Never in a transaction
    (NetworkInTransaction).
    """
    forbid_transaction()
    started = time.monotonic()
    try:
        answer = asyncio.run(_post(url, body.encode(), dict(headers), limit))
    except AddressRefused as refusal:
        answer = Answer(None, str(refusal))
    except TimeoutError:
        answer = Answer(None, f"No answer within {limit:g} seconds.")
    except Exception as failure:  # noqa: BLE001 - a person typed the address: it must not stop us
        answer = Answer(None, f"No answer: {type(failure).__name__}.")
    return replace(answer, duration=timedelta(seconds=round(time.monotonic() - started, 3)))


def read_wait(answer: httpx.Response, now: datetime) -> timedelta:
    """Read ``Retry-After``, seconds or a moment; no time for an answer that does not ask for any.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    text = answer.headers.get("Retry-After", "")
    if answer.status_code not in SAY_WHEN:
        return timedelta()
    try:
        if text.isdecimal():
            return timedelta(seconds=int(text))
        return max(parsedate_to_datetime(text) - now, timedelta())
    except (ValueError, TypeError, OverflowError):
        return timedelta()


@cache
def _get_tls_context() -> SSLContext:
    return httpx.create_ssl_context()


async def _post(url: str, body: bytes, headers: dict[str, str], limit: float) -> Answer:
    """Try the addresses of the host in turn; each may take its share of the time to connect."""
    is_ours.set(True)  # in the context of this call alone
    async with asyncio.timeout(limit):
        parts = check_url(url)
        *others, last = await find_addresses(parts)
        share = httpx.Timeout(limit, connect=limit / (len(others) + 1))
        for address in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await _post_to(address, parts, body, headers, share)
        return await _post_to(last, parts, body, headers, httpx.Timeout(limit))


async def _post_to(
    address: str, url: httpx.URL, body: bytes, headers: dict[str, str], limits: httpx.Timeout
) -> Answer:
    """Connect to this address, and to no other that the name may have by now.

    The host is still called by its name: in the request, and in the handshake of TLS.
    """
    client = httpx.AsyncClient(
        timeout=limits,
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
            error = await _read_error(answer)
            return Answer(answer.status_code, error, read_wait(answer, datetime.now(UTC)))
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
