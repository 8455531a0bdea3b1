"""Web pages of other origins, which the host allows with django-cors-headers."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from tests.api.api_client import ROOT, Api

from joanie.api.cors import ALLOWED_HEADERS, EXPOSED_HEADERS

SHOP = "https://shop.example.org"


@pytest.fixture
def _allowed(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def preflight(origin: str, path: str = f"{ROOT}/orders/", method: str = "POST") -> Any:
    headers = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type,idempotency-key",
    }
    return Client(headers=headers).options(path)


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_preflight_of_an_allowed_origin_passes(method: str) -> None:
    response = preflight(SHOP, method=method)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == SHOP
    assert method in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"authorization", "idempotency-key", "if-none-match"} <= set(allowed)
    assert allowed == list(ALLOWED_HEADERS)
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.usefixtures("_allowed")
def test_an_answer_can_be_read_with_its_headers(owner: Any) -> None:
    api = Api(owner)
    response = api.client.get(f"{ROOT}/addresses/", headers={"origin": SHOP})
    assert response.headers["Access-Control-Allow-Origin"] == SHOP
    exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert exposed == list(EXPOSED_HEADERS)
    assert {"ETag", "Retry-After", "Content-Disposition", "Content-Language"} <= set(exposed)
    assert "origin" in response.headers["Vary"].lower()


@pytest.mark.usefixtures("_allowed")
def test_errors_can_be_read_too(anonymous: Api, settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "THROTTLE_RATES": {"address": "1/day"}}
    statuses = []
    for path in ("/addresses/", "/courses/", "/courses/"):
        response = anonymous.client.get(f"{ROOT}{path}", headers={"origin": SHOP})
        assert response.headers["Access-Control-Allow-Origin"] == SHOP
        statuses.append(response.status_code)
    assert statuses == [401, 200, 429]


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://shop.example.org.evil.example",
        "http://shop.example.org",
        "https://shop.example.org:8443",
        "null",
    ],
)
def test_other_origins_are_not_allowed(db: None, origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(origin).headers
    response = Client(headers={"origin": origin}).get(f"{ROOT}/courses/")
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.usefixtures("_allowed")
def test_the_admin_is_for_no_other_origin(db: None) -> None:
    response = preflight(SHOP, "/admin/login/", "GET")
    assert "Access-Control-Allow-Origin" not in response.headers


def test_it_is_off_until_origins_are_configured(db: None) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(SHOP).headers
    response = Client(headers={"origin": SHOP}).get(f"{ROOT}/courses/")
    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers
