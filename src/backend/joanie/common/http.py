"""HTTP to other systems: always with a time-out, never inside a transaction, no secret in logs."""

import asyncio
import logging
import time
from contextvars import ContextVar
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx

from joanie.common.exceptions import (
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnavailable,
)
from joanie.common.transactions import forbid_transaction
from joanie.conf import joanie_settings

logger = logging.getLogger(__name__)

IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
RETRIES = 1


# They tell of paths, headers and errors that quote a header.
TALKATIVE = (
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)

is_ours: ContextVar[bool] = ContextVar("is_ours", default=False)


def _hide_ours(_record: logging.LogRecord) -> bool:
    """Keep the libraries' own lines for our calls from the logs. Others' are theirs."""
    return not is_ours.get()


for _name in TALKATIVE:
    logging.getLogger(_name).addFilter(_hide_ours)


class NoAnswer(Exception):
    """Nothing came back in time: whether the other system acted is unknown."""


class NotHttp(Exception):
    """What we have to say cannot be said in HTTP: nothing was sent."""


def exchange(
    method: str,
    base_url: str,
    path: str,
    *,
    limit: float,
    retries: int = 0,
    **content: Any,
) -> httpx.Response:
    """Send one request and return the answer, whatever its status; redirects are not followed.

    ``limit``: seconds for the whole call. ``retries``: how often it is repeated when the
    connection could not be made. ``content``: what httpx takes. Raises NoAnswer, NotHttp.
    """
    forbid_transaction()
    started = time.monotonic()
    try:
        response = asyncio.run(
            _send(method, base_url, path, limit=limit, retries=retries, **content)
        )
    except (httpx.InvalidURL, httpx.LocalProtocolError, httpx.UnsupportedProtocol) as error:
        # Not "from error": it quotes the header it complains of, and tracebacks are logged.
        raise NotHttp(type(error).__name__) from None
    except (httpx.HTTPError, TimeoutError) as error:
        logger.warning("%s %s: %s", method, base_url, type(error).__name__)
        raise NoAnswer(type(error).__name__) from error
    logger.info(
        "%s %s: %d in %.0f ms",  # without the path, which may hold a card's token
        method,
        base_url,
        response.status_code,
        (time.monotonic() - started) * 1000,
    )
    return response


@cache
def _get_tls_context() -> SSLContext:
    """Read the certificates of authorities once: it takes longer than many a call."""
    return httpx.create_ssl_context()


async def _send(
    method: str, base_url: str, path: str, *, limit: float, retries: int, **content: Any
) -> httpx.Response:
    """Make the call within the time-out, all of it: httpx's own limits are for each step."""
    is_ours.set(True)  # in the context of this call alone
    client = httpx.AsyncClient(
        base_url=base_url,
        timeout=limit,
        transport=httpx.AsyncHTTPTransport(verify=_get_tls_context(), retries=retries),
        follow_redirects=False,
        trust_env=False,
    )
    async with asyncio.timeout(limit), client:
        return await client.request(method, path, **content)


class JsonClient:
    """Speaks JSON with one account of one provider, which may want to be asked in forms.

    Calls that are safe to repeat (idempotent methods, or any with an idempotency key) are repeated
    once when the connection could not be made. The time-out covers the whole call.
    """

    def __init__(self, base_url: str, *, headers: dict[str, str]) -> None:
        self.base_url = base_url.rstrip("/")
        self._headers = headers

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url}>"

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> httpx.Response:
        """Send one request and return the answer, whatever its status below 500.

        Raises ProviderUnavailable when there is no answer in time, or a 5xx or 429 one: whether
        the provider acted is then unknown. Raises ProviderRejected when what we have to say is
        not HTTP: nothing was sent.
        """
        headers = dict(self._headers)
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        is_repeatable = method in IDEMPOTENT_METHODS or idempotency_key is not None
        try:
            response = exchange(
                method,
                self.base_url,
                path,
                limit=joanie_settings.PROVIDER_TIMEOUT,
                retries=RETRIES if is_repeatable else 0,
                json=json,
                data=form,
                params=params,
                headers=headers,
            )
        except NotHttp as error:
            raise ProviderRejected(reason=str(error)) from error
        except NoAnswer as error:
            raise ProviderUnavailable(reason=str(error)) from error
        if response.status_code >= 500 or response.status_code == 429:
            raise ProviderUnavailable(reason=f"status {response.status_code}")
        return response


def read_json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object in an answer. Raises ProviderProtocolError when there is none."""
    try:
        content = response.json()
    except ValueError as error:
        raise ProviderProtocolError(
            "The answer is not JSON", status=response.status_code
        ) from error
    if not isinstance(content, dict):
        raise ProviderProtocolError("The answer is not an object", status=response.status_code)
    return content
