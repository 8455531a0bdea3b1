"""Says loudly when there is no nginx to test with."""

import os

import pytest
from tests.service.servers import NGINX

MISSING = "docker/nginx/joanie.conf is not tested without nginx: apt-get install nginx-light"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot be run on the machine of somebody who may not install it."""
    needing = [
        item for item in items if item.path.name in {"test_nginx.py", "test_whole_service.py"}
    ]
    if NGINX or not needing:
        return
    if os.environ.get("CI"):
        raise pytest.UsageError(MISSING)
    items[:] = [item for item in items if item not in needing]
    config.hook.pytest_deselected(items=needing)
    config.stash[LEFT_OUT] = True


LEFT_OUT = pytest.StashKey[bool]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.stash.get(LEFT_OUT, False):
        terminalreporter.section("left out", red=True)
        terminalreporter.line(MISSING)
