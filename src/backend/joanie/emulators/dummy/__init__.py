"""The provider of Joanie's own dummy backend: no company behind it, no money in it.

Its wire format is ``docs/reference/providers/dummy.md``.
"""

from joanie.emulators.dummy.application import create_app

__all__ = ["create_app"]
