"""One purchase is followed through the logs of a web process and a worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from tests.operations.processes import Line, Process, running_web, running_worker
from tests.provider import Provider
from tests.security.secrets_in_text import SecretFinder
from tests.system.learner import Learner

from joanie.core.factories import ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web(provider: Provider, settings: Settings, tmp_path: Path) -> Iterator[Process]:
    with running_web(tmp_path) as process:
        yield process


@pytest.fixture
def order_id(web: Process, provider: Provider) -> str:
    """Buy and pay."""
    learner = Learner(f"http://127.0.0.1:{web.port}")
    with learner.http:
        order = learner.order(ProductFactory()).json()
        provider.pay(order["payment_info"]["url"])
        provider.deliver()
    return str(order["id"])


def about(order_id: str, lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.get("order_id") == order_id]


def of_view(name: str, lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.get("view") == name]


def test_a_purchase_is_followed_by_its_order(
    web: Process, order_id: str, tmp_path: Path, secrets_of_tests: SecretFinder
) -> None:
    with running_worker(tmp_path, "--one-shot") as worker:
        worker.popen.wait(60)
    told = about(order_id, web.lines())
    (ordered,) = of_view("joanie:order-list", told)
    (received,) = of_view("joanie:payment-notifications", web.lines())
    said = {line["message"]: line for line in told}
    assert f"Payment {ordered['payment_id']} is succeeded" in said
    validated = said[f"Order {order_id} is validated"]
    for name in ("request_id", "notification_id"):
        assert received[name] == validated[name]
    assert ordered["request_id"] != received["request_id"]
    tasks = {line["task"] for line in about(order_id, worker.lines())}
    assert tasks >= {"joanie.core.update_access", "joanie.payment.render_document"}
    assert all("job_id" in line for line in about(order_id, worker.lines()))
    assert secrets_of_tests.find(web.text() + worker.text()) is None


def test_every_line_of_a_web_process_about_a_request_is_json(web: Process, order_id: str) -> None:
    lines = web.lines()
    assert {"timestamp", "level", "logger", "message"} <= set.intersection(*map(set, lines))
    assert all("request_id" in line for line in lines if line["logger"].startswith("joanie."))
