"""The page of metrics has what a running site tells, by these names and labels, and no more."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pytest_django import Settings
from tests.docs.pages import read_page
from tests.operations.processes import Process, running_web, running_worker
from tests.operations.scrape import Scrape
from tests.provider import Provider
from tests.system.learner import Learner

from joanie.core.factories import ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "of no worth, for tests alone"
ROW = re.compile(r"^\| `(joanie_\w+)` \| (\w+) \| ([^|]*) \| ([^|]+) \|$", re.MULTILINE)


@pytest.fixture
def web(provider: Provider, settings: Settings, tmp_path: Path) -> Iterator[Process]:
    settings.JOANIE = {**settings.JOANIE, "METRICS_TOKEN": TOKEN}
    shared = str(tmp_path / "shared")
    with running_web(tmp_path, "--workers", "2", PROMETHEUS_MULTIPROC_DIR=shared) as process:
        yield process


def read(process: Process) -> Scrape:
    answer = process.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return Scrape(answer.text)


def buy(web: Process, provider: Provider, times: int) -> None:
    learner = Learner(f"http://127.0.0.1:{web.port}")
    with learner.http:
        for product in ProductFactory.create_batch(times):
            info = learner.order(product).json()["payment_info"]
            provider.pay(info["url"])
            provider.deliver()


def post_notification(web: Process, alias: str) -> int:
    url = f"http://127.0.0.1:{web.port}/api/v1.0/payments/notifications/{alias}"
    return httpx.post(url, json={"id": "evt_1"}, trust_env=False).status_code


def documented() -> dict[str, set[str]]:
    rows = ROW.findall(read_page("reference/metrics.md"))
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, _, labels, _ in rows}


def test_what_a_site_tells_after_a_few_purchases_is_what_the_page_says(
    web: Process, provider: Provider, settings: Settings, tmp_path: Path
) -> None:
    buy(web, provider, times=3)
    assert post_notification(web, "dummy/") == 400
    assert post_notification(web, "nobody/") == 404
    site = read(web)
    deliveries = "joanie_notification_deliveries_total"
    assert site.value(deliveries, backend="dummy", outcome="done") == 3
    assert site.value(deliveries, backend="dummy", outcome="rejected") == 1
    assert site.value(deliveries, backend="", outcome="rejected") == 1
    assert site.value("joanie_payments_total", backend="dummy", state="succeeded") == 3
    assert site.value("joanie_orders_total", state="validated") == 3
    created = {"backend": "dummy", "operation": "create_payment", "outcome": "ok"}
    assert site.value("joanie_provider_call_seconds_count", **created) == 3
    assert site.value("joanie_queue_due_jobs", queue="documents") == 3
    assert site.value("joanie_payments_open", backend="dummy", state="pending") == 0
    assert "nobody" not in repr(site.samples)


def test_every_metric_is_on_the_page_with_its_labels(
    web: Process, provider: Provider, settings: Settings, tmp_path: Path
) -> None:
    buy(web, provider, times=1)
    with running_worker(tmp_path) as worker:
        while not read(worker).value_or_0("joanie_document_render_seconds_count"):
            assert worker.popen.poll() is None, worker.text()
        told = {**read(web).ours(), **read(worker).ours()}
    assert told == documented()


def test_what_processes_of_a_server_counted_is_added_up(web: Process, provider: Provider) -> None:
    buy(web, provider, times=4)
    (count,) = {read(web).value("joanie_orders_total", state="validated") for _ in range(6)}
    assert count == 4
