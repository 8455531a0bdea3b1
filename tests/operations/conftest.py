import pytest
from tests.shop import emulator_url, provider

from joanie.operations import health
from joanie.operations.site_gauges import COUNTED_SELDOM

__all__ = ["emulator_url", "provider"]


@pytest.fixture(autouse=True)
def _looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what was found in earlier tests, and be patient with a busy machine."""
    for check in health.EVERYTHING:
        check.forget()
        monkeypatch.setattr(check, "_limit", 60)
    for counted in COUNTED_SELDOM.values():
        counted.forget()
