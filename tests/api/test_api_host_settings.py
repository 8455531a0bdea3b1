"""The host project may set REST framework up as it likes for its own views."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.generics import GenericAPIView
from rest_framework.views import APIView
from tests.api.api_client import ADDRESS, Api

from joanie.api.views.base import JoanieView, JoanieViewSet
from joanie.api.views.documentation import DocumentationView, SchemaView
from joanie.core.factories import CourseRunFactory

HOSTILE = {
    "EXCEPTION_HANDLER": "tests.api.test_api_host_settings.swallow",
    "PAGE_SIZE": 3,
    "DATETIME_FORMAT": "%d/%m/%Y",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": None,
    "NON_FIELD_ERRORS_KEY": "whatever",
}


def swallow(error: Exception, context: Any) -> None:
    raise AssertionError("the host's handler is not for our views")


@pytest.fixture(autouse=True)
def _hostile_host() -> Iterator[None]:
    with override_settings(REST_FRAMEWORK=HOSTILE, TIME_ZONE="Asia/Tokyo"):
        yield


def test_the_catalogue_is_public_and_its_dates_are_utc(anonymous: Api) -> None:
    run = CourseRunFactory()
    answer = anonymous.read(f"/course-runs/{run.pk}/")
    assert answer["start"] == run.start.isoformat().replace("+00:00", "Z")
    assert anonymous.read("/courses/")["results"]


def test_tokens_bodies_and_errors_are_ours(api: Api, anonymous: Api) -> None:
    assert api.post("/addresses/", {"title": "Home", **ADDRESS}).status_code == 201
    assert api.post("/addresses/", {}).json()["title"] == ["This field is required."]
    assert list(api.post("/addresses/", []).json()) == ["non_field_errors"]
    assert anonymous.get("/addresses/").json()["code"] == "not_authenticated"


def policies(view: type[APIView]) -> set[str]:
    """Give the attributes that REST framework fills from its settings when it is imported."""
    suffixes = ("_class", "_classes", "_backends")
    return {
        name
        for name in vars(view)
        if name.endswith(suffixes) and not name.startswith(("_", "get_"))
    }


@pytest.mark.parametrize("view", [JoanieView, SchemaView, DocumentationView])
def test_no_policy_of_a_view_is_the_hosts(view: type[APIView]) -> None:
    inherited = {"parser_classes", "renderer_classes"} if view is not JoanieView else set()
    assert policies(APIView) - inherited <= set(vars(view))


def test_no_policy_of_a_list_is_the_hosts() -> None:
    assert policies(GenericAPIView) - {"serializer_class"} <= set(vars(JoanieViewSet))
