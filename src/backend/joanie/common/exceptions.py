"""The errors that Joanie's use cases raise. One translator turns them into HTTP answers.

A card that is declined is a value, not an exception: see ``failure_code``.
"""

from http import HTTPStatus
from typing import Any, ClassVar

from django.utils.translation import gettext_noop as _


class JoanieError(Exception):
    """The base of every error raised on purpose.

    ``code`` is stable and part of the API; ``detail`` is the message for people, and may be
    replaced when raising; ``context`` is for logs and answers, and never holds a secret.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    detail: ClassVar[str] = _("Something went wrong.")

    def __init__(self, message: str | None = None, **context: Any) -> None:
        self.message = message or self.detail
        self.context = context
        super().__init__(self.message)


class Refused(JoanieError):
    """The domain says no. Asking again without a change gives the same answer."""

    code = "refused"
    status = HTTPStatus.CONFLICT
    detail = _("This is not possible.")


class Busy(JoanieError):
    """A lock was not to be had in time: ask again in a moment."""

    code = "busy"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("The system is busy with the same thing. Try again in a few seconds.")


class DatabaseUnavailable(JoanieError):
    """The database does not answer, or broke off: whether it acted is unknown, ask again."""

    code = "database_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("The database does not answer. Try again in a moment.")


class ProviderError(JoanieError):
    """A payment provider did not do what we asked."""


class ProviderUnavailable(ProviderError):
    """No answer, or none that says whether it acted: the outcome is unknown, ask again."""

    code = "payment_provider_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("The payment provider does not answer. Try again in a moment.")


class ProviderRejected(ProviderError):
    """Our key or our request is wrong: nothing was done, a human has to look."""

    code = "payment_provider_misconfigured"
    status = HTTPStatus.BAD_GATEWAY
    detail = _("The payment provider refuses our account. We have been told.")


class ProviderProtocolError(ProviderUnavailable):
    """The provider's answer was not understood, so its outcome is unknown: kept and alerted."""
