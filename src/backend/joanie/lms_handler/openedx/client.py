"""Bytes over the wire to Open edX: base URL, authentication, time-out, errors.

https://github.com/openedx/openedx-platform/blob/master/openedx/core/djangoapps/enrollments/views.py
"""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from joanie.common.http import NoAnswer, NotHttp, exchange
from joanie.conf import joanie_settings
from joanie.lms_handler.base import LMSRefused, LMSUnavailable
from joanie.lms_handler.openedx import tokens
from joanie.lms_handler.openedx.mapping import enrollment_path, read_message

ENROLLMENTS = "/api/enrollment/v1/enrollment"
ACCESS_TOKEN = "/oauth2/access_token"  # noqa: S105 - a path # nosec B105


class OpenEdXClient:
    """The LMS's operations, with its answers as they are.

    Authenticates with ``api_key``, or as the OAuth2 client ``client_id``, ``client_secret``.
    """

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self.base_url = str(configuration.get("base_url") or "").rstrip("/")
        self._api_key = str(configuration.get("api_key") or "")
        self._client_id = str(configuration.get("client_id") or "")
        self._client_secret = str(configuration.get("client_secret") or "")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url}>"

    def get_enrollment(self, username: str, course_id: str) -> dict[str, Any] | None:
        """Return the enrolment; None when there has never been one. Raises LMSUnavailable."""
        path = f"{ENROLLMENTS}/{enrollment_path(username, course_id)}"
        response = self._authenticated("GET", path)
        if response.is_success and response.content.strip() in {b"", b"null"}:
            return None
        return _accepted(response)

    def set_enrollment(self, body: dict[str, Any]) -> dict[str, Any]:
        """Create or change an enrolment. Raises LMSUnavailable, LMSRefused."""
        return _accepted(self._authenticated("POST", ENROLLMENTS, json=body))

    def _authenticated(self, method: str, path: str, **content: Any) -> httpx.Response:
        if self._api_key:
            headers = {"X-Edx-Api-Key": self._api_key}
            return self._exchange(method, path, headers=headers, **content)
        account = tokens.Account(self.base_url, self._client_id, self._client_secret)
        token = tokens.get(account) or self._new_token(account)
        response = self._exchange(method, path, headers=_jwt(token), **content)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            # It may have been revoked, or the keys of the LMS changed.
            token = self._new_token(account)
            response = self._exchange(method, path, headers=_jwt(token), **content)
        return response

    def _new_token(self, account: tokens.Account) -> str:
        response = self._exchange(
            "POST",
            ACCESS_TOKEN,
            data={
                "grant_type": "client_credentials",
                "client_id": account.client_id,
                "client_secret": account.client_secret,
                "token_type": "jwt",  # nosec B105 # a word of OAuth
            },
        )
        if response.is_client_error:
            raise LMSUnavailable(f"It gives our client no token (status {response.status_code}).")
        content = _read_object(response)
        token, lifetime = content.get("access_token"), content.get("expires_in")
        if not isinstance(token, str) or not isinstance(lifetime, (int, float)):
            raise LMSUnavailable("Its answer holds no token.")
        tokens.keep(account, token, lifetime)
        return token

    def _exchange(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Accept": "application/json", **content.pop("headers", {})}
        limit = joanie_settings.LMS_TIMEOUT
        try:
            # To enrol twice is to enrol once: every call may be repeated.
            return exchange(
                method, self.base_url, path, limit=limit, retries=1, headers=headers, **content
            )
        except NotHttp as error:
            raise LMSUnavailable(f"Its settings make no request ({error}).") from error
        except NoAnswer as error:
            raise LMSUnavailable(f"It does not answer ({error}).") from error


def _jwt(token: str) -> dict[str, str]:
    return {"Authorization": f"JWT {token}"}


def _accepted(response: httpx.Response) -> dict[str, Any]:
    """Return the enrolment in a 2xx answer. Raises LMSUnavailable, LMSRefused.

    A refusal comes with a message. What has none is not about this enrolment: a key that is not
    accepted, an account that is not staff (404, by design of Open edX), a wrong address.
    """
    status = response.status_code
    if status == httpx.codes.UNAUTHORIZED:
        raise LMSUnavailable("It does not accept our credentials (status 401).")
    if not response.is_client_error or status == httpx.codes.TOO_MANY_REQUESTS:
        return _read_object(response)
    try:
        message = read_message(_read_object(response))
    except LMSUnavailable:
        message = ""
    if not message or status == httpx.codes.NOT_FOUND:
        raise LMSUnavailable(f"It does not let us enrol learners (status {status}).")
    raise LMSRefused(f"{message} (status {status})")


def _read_object(response: httpx.Response) -> dict[str, Any]:
    status = response.status_code
    if response.is_redirect:
        raise LMSUnavailable(f"It sends us to another page (status {status}).")
    if response.is_server_error or status == httpx.codes.TOO_MANY_REQUESTS:
        raise LMSUnavailable(f"It cannot answer for now (status {status}).")
    try:
        content = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise LMSUnavailable(f"Its answer is not JSON (status {status}).") from error
    if not isinstance(content, dict):
        raise LMSUnavailable(f"Its answer is not an object (status {status}).")
    return content
