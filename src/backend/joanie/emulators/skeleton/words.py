"""What a provider is called: one name for people, and what code makes of it."""

import keyword
import re
from dataclasses import dataclass

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 20
LABEL = re.compile(r"[^\W_][\w .&+-]{0,29}")


class BadName(ValueError):
    """Says what is wrong with a name, and what to write instead."""


@dataclass(frozen=True)
class Words:
    """``name`` is that of folders and settings, ``label`` is what learners read.

    Raises BadName when code or text cannot hold them.
    """

    name: str
    label: str

    def __post_init__(self) -> None:
        is_name = NAME.fullmatch(self.name) and len(self.name) <= LONGEST_NAME
        if not is_name or keyword.iskeyword(self.name):
            raise BadName(
                f"{self.name!r} cannot name a folder of code: use small letters, digits and “_” "
                f"between them, {LONGEST_NAME} at most, such as acme_pay."
            )
        if not LABEL.fullmatch(self.label):
            raise BadName(
                f"{self.label!r} cannot be shown: use at most 30 letters, digits, spaces and any "
                "of “.&+-”, such as Acme Pay."
            )

    @property
    def class_prefix(self) -> str:
        """Give what classes begin with: ``Acme`` of ``AcmeBackend``."""
        return self.name.title().replace("_", "")
