"""A host may have its own way of saying who a learner is."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from pytest_django import Settings
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from tests.api.api_client import ROOT, Api

from joanie.api.views.addresses import AddressViewSet
from joanie.api.views.base import JoanieView
from joanie.core.factories import UserFactory

OURS = "joanie.api.authentication.JWTAuthentication"


class BadgeAuthentication(BaseAuthentication):
    """The host's own: a header names the learner."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        username = request.headers.get("Badge")
        user = get_user_model()._default_manager.filter(username=username).first()
        return (user, None) if user else None

    def authenticate_header(self, request: Request) -> str:
        return "Badge"


class ApiSession(SessionAuthentication):
    """Django's session, as REST framework reads it."""


def use(settings: Settings, *paths: str) -> None:
    settings.JOANIE = {**settings.JOANIE, "AUTHENTICATION_CLASSES": list(paths)}


def test_the_hosts_class_takes_the_place_of_ours(api: Api, settings: Settings) -> None:
    use(settings, f"{__name__}.BadgeAuthentication")
    response = api.get("/addresses/")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Badge"
    assert api.client.get(f"{ROOT}/addresses/", headers={"badge": "grace"}).status_code == 200


def test_it_may_stand_beside_ours(api: Api, anonymous: Api, settings: Settings) -> None:
    use(settings, OURS, f"{__name__}.BadgeAuthentication")
    assert api.get("/addresses/").status_code == 200
    assert anonymous.get("/addresses/").headers["WWW-Authenticate"] == "Bearer"
    response = anonymous.client.get(f"{ROOT}/addresses/", headers={"badge": "grace"})
    assert response.status_code == 200


def test_a_session_is_one_too(anonymous: Api, settings: Settings) -> None:
    use(settings, OURS, f"{__name__}.ApiSession")
    anonymous.client.force_login(UserFactory())
    assert anonymous.get("/addresses/").status_code == 200


def test_the_classes_are_read_at_use(settings: Settings) -> None:
    view = AddressViewSet()
    assert [type(each).__name__ for each in view.get_authenticators()] == ["JWTAuthentication"]
    use(settings, f"{__name__}.BadgeAuthentication")
    assert [type(each) for each in view.get_authenticators()] == [BadgeAuthentication]


def test_without_ours_a_token_needs_no_key(settings: Settings) -> None:
    use(settings, f"{__name__}.BadgeAuthentication")
    settings.JOANIE = {**settings.JOANIE, "JWT_SIGNING_KEY": None}
    ids = [message.id for message in run_checks(include_deployment_checks=True)]
    assert "joanie.W020" not in ids
    assert "joanie.E032" not in ids


class BadgeView(JoanieView):
    authentication_classes = [BadgeAuthentication]


def test_a_view_that_names_its_own_keeps_them(settings: Settings) -> None:
    use(settings, OURS)
    assert [type(each) for each in BadgeView().get_authenticators()] == [BadgeAuthentication]
