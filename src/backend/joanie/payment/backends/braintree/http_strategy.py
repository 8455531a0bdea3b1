"""How the SDK's calls are made: within the total time-out, outside transactions, not logged."""

from collections.abc import Mapping
from typing import Any, NoReturn

from joanie.common.exceptions import ProviderRejected, ProviderUnavailable
from joanie.common.http import IDEMPOTENT_METHODS, RETRIES, NoAnswer, NotHttp, exchange
from joanie.conf import joanie_settings


class HttpStrategy:
    """What ``Configuration(http_strategy=…)`` takes. The names of its methods are the SDK's."""

    def __init__(self, config: Any, _environment: Any) -> None:
        self._base_url: str = config.base_url()

    def http_do(
        self, http_verb: str, path: str, headers: Mapping[str, str | bytes], request_body: str
    ) -> tuple[int, str]:
        """Send one call to ``path``, an absolute URL; return status and body, whatever they are.

        Raises ProviderUnavailable without an answer in time, ProviderRejected when what we have to
        say is not HTTP.
        """
        try:
            response = exchange(
                http_verb,
                self._base_url,
                path.removeprefix(self._base_url),
                limit=joanie_settings.PROVIDER_TIMEOUT,
                retries=RETRIES if http_verb in IDEMPOTENT_METHODS else 0,
                content=request_body.encode(),
                headers=[(name, _text(value)) for name, value in headers.items()],
            )
        except NotHttp as error:
            raise ProviderRejected(reason=str(error)) from error
        except NoAnswer as error:
            raise ProviderUnavailable(reason=str(error)) from error
        return response.status_code, response.text

    def handle_exception(self, exception: Exception) -> NoReturn:
        raise exception

    def close(self) -> None:
        """Nothing stays open between two calls."""


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
