"""Acme Pay, played on loopback."""

from tests.docs.acme_pay.emulator.application import create_app

__all__ = ["create_app"]
