"""PayPlug, played on loopback: ``docs/reference/providers/payplug.md`` says what it is like."""

from joanie.emulators.payplug.application import create_app

__all__ = ["create_app"]
