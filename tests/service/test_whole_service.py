"""The sandbox as a production, behind gunicorn and nginx, on the database of the tests."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings
from tests.common.sql import execute
from tests.service.databases import url_of_tests
from tests.service.environments import PRODUCTION, run_python
from tests.service.servers import get, running_gunicorn, running_nginx

TABLE = "joanie_cache"
PRODUCTS = "/api/v1.0/products/"
NOTIFICATIONS = "/api/v1.0/payments/notifications/shop/"
HOST = {"Host": "shop.example.org"}


@pytest.fixture
def production(transactional_db: None, settings: Settings) -> Iterator[dict[str, str]]:
    settings.CACHES = {
        "default": {"BACKEND": "sandbox.shared_cache.SharedCache", "LOCATION": TABLE}
    }
    call_command("createcachetable", verbosity=0)
    yield {**PRODUCTION, "DATABASE_URL": url_of_tests(), "JOANIE_PROXY_COUNT": "1"}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def test_it_sells_to_the_world_and_believes_nobody(
    production: dict[str, str], tmp_path: Path
) -> None:
    with (
        running_gunicorn("sandbox.wsgi:application", tmp_path / "log", **production) as web,
        running_nginx(tmp_path, web.address) as (world, behind_tls),
    ):
        claim = {**HOST, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        plain = get(world + PRODUCTS, **claim)
        assert plain.status_code == 301
        assert plain.headers["Location"] == f"https://shop.example.org{PRODUCTS}"

        answer = get(behind_tls + PRODUCTS, **claim)
        assert answer.status_code == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=2592000"
        ((key,),) = execute(f"SELECT cache_key FROM {TABLE}")
        assert key.endswith(":127.0.0.1/32")
        assert get(behind_tls + PRODUCTS, Host="evil.example").status_code == 400

        forged = [
            httpx.post(behind_tls + NOTIFICATIONS, content=b"{}" * size, headers=HOST).status_code
            for size in (1, 150 * 1024)
        ]
        assert forged == [400, 413]

        probe = ["docker/healthcheck.py", f"http://{web.address}/health/ready"]
        assert run_python(*probe, **production).returncode == 0
    down = run_python(*probe, **production)
    assert (down.returncode, "refused" in down.stdout) == (1, True)
