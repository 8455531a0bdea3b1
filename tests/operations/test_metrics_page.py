"""Who may read the metrics, and what a shop's day looks like there."""

import pytest
from django.test import Client
from pytest_django import Settings
from tests.operations.scrape import Scrape

TOKEN = "of no worth, for tests alone"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token(settings: Settings) -> str:
    settings.JOANIE = {**settings.JOANIE, "METRICS_TOKEN": TOKEN}
    return TOKEN


def test_without_a_token_there_is_no_page(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


def test_in_development_the_page_is_open(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize("header", ["", TOKEN, "Bearer", "Bearer x", f"Basic {TOKEN}", "Bearer …"])
def test_who_has_no_token_is_refused(client: Client, token: str, header: str) -> None:
    response = client.get("/metrics", headers={"Authorization": header} if header else {})
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert response.content == b""


def test_who_has_the_token_reads_everything(client: Client, token: str) -> None:
    response = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    scrape = Scrape(response.text)
    assert scrape.value("joanie_database_up") == 1
    assert scrape.value("joanie_mails_total", outcome="sent") >= 0
