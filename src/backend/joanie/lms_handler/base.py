from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any


class LMSUnavailable(Exception):
    """The LMS did not do it; trying again later may help."""


class BaseLMSBackend(ABC):
    """Speaks with one LMS. Built for one call, outside any transaction."""

    def __init__(self, configuration: Mapping[str, Any] | None = None) -> None:
        self.configuration = configuration or {}

    @abstractmethod
    def set_enrollment(self, *, username: str, resource_link: str, is_active: bool) -> None:
        """Enrol the learner in the course run, or take them out. Safe to repeat.

        Raises LMSUnavailable.
        """
