"""Limits by learner, by address, and for what runs payments."""

from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory, override_settings
from pytest_django import Settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from tests.api.api_client import NO_ID, ROOT, Api, make_token
from tests.concurrency import at_once

from joanie.api.throttling import count_request
from joanie.api.views.base import JoanieView
from joanie.core.factories import ProductFactory
from joanie.payment.models import NotificationRejection

FORGED = "/payments/notifications/page/"
NOON = "2026-10-05T12:00:10Z"


@pytest.fixture
def limit(settings: Settings) -> Any:
    """Allow so many requests only: ``limit(learner="2/minute")``."""

    def configure(proxies: int = 0, **rates: Any) -> None:
        settings.JOANIE = {**settings.JOANIE, "THROTTLE_RATES": rates, "PROXY_COUNT": proxies}

    return configure


def statuses(api: Api, path: str, times: int) -> list[int]:
    return [api.get(path).status_code for _ in range(times)]


def test_a_learner_who_asks_too_often_has_to_wait(api: Api, other: Api, limit: Any) -> None:
    limit(learner="2/minute")
    with time_machine.travel(NOON, tick=False):
        assert statuses(api, "/addresses/", 2) == [200, 200]
        response = api.get("/courses/")
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "50"
        assert response.json()["code"] == "throttled"
        assert set(response.json()) == {"detail", "code"}
        assert other.get("/addresses/").status_code == 200
    with time_machine.travel("2026-10-05T12:01:00Z", tick=False):
        assert api.get("/addresses/").status_code == 200


def test_the_message_is_in_the_readers_language(owner: Any, limit: Any) -> None:
    limit(learner="1/day")
    api = Api(owner, language="fr")
    assert statuses(api, "/addresses/", 1) == [200]
    assert "ralenti" in api.get("/addresses/").json()["detail"]


def test_another_token_of_the_same_learner_changes_nothing(owner: Any, limit: Any) -> None:
    limit(learner="1/day")
    tokens = [make_token(language=language) for language in ("en", "fr")]
    answers = [Api(token=token).get("/addresses/").status_code for token in tokens]
    assert answers == [200, 429]


def test_who_is_nobody_is_counted_by_address(anonymous: Api, api: Api, limit: Any) -> None:
    limit(address="2/day")
    assert statuses(anonymous, "/courses/", 3) == [200, 200, 429]
    assert api.get("/courses/").status_code == 200
    elsewhere = anonymous.client.get(f"{ROOT}/courses/", REMOTE_ADDR="93.184.216.34")
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, ["1.1.1.1", "2.2.2.2"], [200, 429]),
        (1, ["1.1.1.1", "2.2.2.2"], [200, 200]),
        (1, ["9.9.9.9, 1.1.1.1", "8.8.8.8, 1.1.1.1"], [200, 429]),
        (2, ["9.9.9.9, 1.1.1.1, 10.0.0.2", "1.1.1.1, 10.0.0.3"], [200, 429]),
        (1, ["2001:db8::1", "2001:db8::2"], [200, 429]),
        (1, ["2001:db8:0:1::1", "2001:db8:0:2::1"], [200, 200]),
    ],
)
def test_an_address_cannot_be_made_up(
    db: None, limit: Any, proxies: int, forwarded: list[str], expected: list[int]
) -> None:
    limit(proxies, address="1/day")
    answers = [
        Client(headers={"x-forwarded-for": each}, REMOTE_ADDR="93.184.216.34").get(
            f"{ROOT}/courses/"
        )
        for each in forwarded
    ]
    assert [answer.status_code for answer in answers] == expected


def test_what_runs_payments_is_allowed_less_often(api: Api, other: Api, limit: Any) -> None:
    limit(checkout="2/day", learner="100/day")
    assert api.order(ProductFactory()).status_code == 201
    assert api.order(ProductFactory()).status_code == 201
    for path in (
        "/orders/",
        f"/orders/{NO_ID}/payments/",
        f"/orders/{NO_ID}/abort/",
        "/credit-cards/setup/",
        "/payment-methods/page/client-token/",
    ):
        response = api.post(path, {})
        assert response.status_code == 429, path
        assert int(response.headers["Retry-After"]) > 0
    assert statuses(api, "/orders/", 3) == [200, 200, 200]
    assert other.order(ProductFactory()).status_code == 201


@pytest.mark.parametrize("rates", [None, {}, {"learner": None, "checkout": None}])
def test_without_a_rate_nothing_is_limited(api: Api, settings: Settings, rates: Any) -> None:
    settings.JOANIE = {**settings.JOANIE, "THROTTLE_RATES": rates}
    assert set(statuses(api, "/addresses/", 40)) == {200}


def test_the_limits_of_the_host_are_its_own(api: Api) -> None:
    host = {
        "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
        "DEFAULT_THROTTLE_RATES": {"user": "1/day", "learner": "1/day"},
    }
    with override_settings(REST_FRAMEWORK=host):
        assert statuses(api, "/addresses/", 3) == [200, 200, 200]


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_are_all_counted(limit: Any) -> None:
    limit(learner="5/day")
    waits = at_once(*[lambda: count_request("learner", "grace")] * 12)
    assert waits.count(None) == 5


def test_a_cache_that_does_not_answer_stops_nobody(
    api: Api, limit: Any, settings: Settings
) -> None:
    limit(learner="1/day")
    settings.CACHES = {"default": {"BACKEND": "tests.api.test_api_throttles.BrokenCache"}}
    assert statuses(api, "/addresses/", 3) == [200, 200, 200]


class BrokenCache:
    def __init__(self, *_: Any) -> None: ...

    def add(self, *_: Any, **__: Any) -> None:
        raise ConnectionError("the cache is down")

    def clear(self) -> None: ...

    def close(self, **_: Any) -> None: ...


def test_forged_notifications_are_refused_and_then_told_to_wait(
    anonymous: Api, limit: Any
) -> None:
    limit(address="2/day")
    answers = [anonymous.post(FORGED, {"secret": "forged"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 429, 429]
    assert answers[-1].json()["code"] == "throttled"
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert NotificationRejection.objects.get().count == 4


def test_a_genuine_notification_is_taken_whoever_forges_from_its_address(
    api: Api, anonymous: Api, limit: Any
) -> None:
    limit(address="1/day")
    info = api.order(ProductFactory()).json()["payment_info"]
    for _ in range(5):
        anonymous.post(FORGED, {"secret": "forged"})
    genuine = {"secret": "honest", "payment": info["payment_id"]}
    answers = [anonymous.post(FORGED, genuine).status_code for _ in range(5)]
    assert answers == [200] * 5
    assert api.read("/orders/")["results"][0]["state"] == "validated"


class Signed(BaseAuthentication):
    """Another system, which is no learner."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, None]:
        return AnonymousUser(), None


class SignedView(JoanieView):
    authentication_classes = [Signed]
    permission_classes = [AllowAny]

    def get(self, _request: Request) -> Response:
        return Response({})


def test_a_system_that_proved_itself_is_not_counted(limit: Any) -> None:
    limit(address="1/day")
    view = SignedView.as_view()
    answers = [view(RequestFactory().get("/")).status_code for _ in range(3)]
    assert answers == [200] * 3
