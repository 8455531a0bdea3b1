from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any


class LMSError(Exception):
    """The LMS did not do what it was asked. The message is for staff, and holds no secret."""


class LMSUnavailable(LMSError):
    """Trying again later may help: no answer, or none that was understood."""


class LMSRefused(LMSError):
    """The LMS understood and says no: it will go on, until somebody changes something there."""


class BaseLMSBackend(ABC):
    """Speaks with one LMS. Built for one call, outside any transaction."""

    def __init__(self, configuration: Mapping[str, Any] | None = None) -> None:
        self.configuration = configuration or {}

    @classmethod
    def find_faults(cls, configuration: Mapping[str, Any]) -> Iterable[str]:  # noqa: ARG003
        """Say what is wrong with the settings, in sentences for whoever wrote them."""
        return ()

    @abstractmethod
    def set_enrollment(self, *, username: str, resource_link: str, is_active: bool) -> None:
        """Enrol the learner in the course run, or take them out. Safe to repeat.

        Raises LMSUnavailable, LMSRefused.
        """
