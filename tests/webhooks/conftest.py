from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from tests.common.tiny_server import TinyServer, running_tiny_server
from tests.webhooks.node_receiver import NodeReceiver, running_node_receiver


@pytest.fixture
def loopback_allowed(settings: Settings) -> None:
    """Let webhooks go to servers of the tests."""
    settings.JOANIE = {**settings.JOANIE, "WEBHOOK_ALLOWED_HOSTS": ["127.0.0.1"], "LMS_TIMEOUT": 1}


@pytest.fixture
def server(loopback_allowed: None) -> Iterator[TinyServer]:
    with running_tiny_server() as server:
        yield server


@pytest.fixture
def node(tmp_path: Path, loopback_allowed: None) -> Iterator[NodeReceiver]:
    with running_node_receiver(tmp_path) as receiver:
        yield receiver
