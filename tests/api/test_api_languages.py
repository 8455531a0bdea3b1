"""Titles and messages in the reader's language."""

from typing import Any

import pytest
from django.utils import translation
from pytest_django import Settings
from tests.api.api_client import Api, make_token

from joanie.common.exceptions import JoanieError
from joanie.core.factories import CourseFactory, OrganizationFactory, ProductFactory


@pytest.fixture
def path(db: None) -> str:
    organization = OrganizationFactory(title="University", title_fr="Université")
    target = CourseFactory(title="Physics", title_fr="Physique", organizations=[organization])
    course = CourseFactory(title="Maths", title_fr="Mathématiques", organizations=[organization])
    ProductFactory(
        title="Diploma",
        title_fr="Diplôme",
        description="Good",
        description_fr="Bon",
        call_to_action="Buy",
        courses=[course],
        target_courses=[target],
    )
    return f"/courses/{course.code}/"


def test_titles_are_translated_and_fall_back(path: str) -> None:
    course = Api(language="fr").read(path)
    (product,) = course["products"]
    assert (course["title"], product["title"], product["description"]) == (
        "Mathématiques",
        "Diplôme",
        "Bon",
    )
    assert course["organizations"][0]["title"] == "Université"
    assert product["target_courses"][0]["title"] == "Physique"
    assert product["call_to_action"] == "Buy"


@pytest.mark.parametrize(
    ("accepted", "title"),
    [
        ("", "Maths"),
        ("fr", "Mathématiques"),
        ("fr-CA", "Mathématiques"),
        ("de, fr;q=0.5, en;q=0.1", "Mathématiques"),
        ("de", "Maths"),
        ("*", "Maths"),
        ("fr;q=wrong", "Maths"),
        ("x" * 10_000, "Maths"),
    ],
)
def test_accept_language_decides(path: str, accepted: str, title: str) -> None:
    assert Api(language=accepted).read(path)["title"] == title


def test_the_token_decides_when_nothing_is_accepted(path: str) -> None:
    token = make_token(language="fr-fr")
    assert Api(token=token).read(path)["title"] == "Mathématiques"
    assert Api(token=token, language="en").read(path)["title"] == "Maths"


@pytest.mark.parametrize("language", [None, 5, "de", "", "\x00", "x" * 10_000, ["fr"]])
def test_a_token_without_a_language_of_ours_is_read_in_the_default_one(
    path: str, language: Any
) -> None:
    assert Api(token=make_token(language=language)).read(path)["title"] == "Maths"


def test_the_answer_names_its_language(path: str) -> None:
    response = Api(language="fr").get(path)
    assert response.headers["Content-Language"] == "fr"
    assert {"accept-language", "authorization"} <= {
        name.strip().lower() for name in response.headers["Vary"].split(",")
    }


def test_messages_are_translated(path: str) -> None:
    assert Api(language="fr").get("/orders/").json()["code"] == "not_authenticated"
    assert "authentification" in Api(language="fr").get("/orders/").json()["detail"]


def test_the_middleware_is_not_needed_and_the_thread_is_left_as_it_was(
    path: str, settings: Settings
) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Locale" not in name]
    with translation.override("en"):
        assert Api(language="fr").read(path)["title"] == "Mathématiques"
        assert Api(token=make_token(language="fr")).read(path)["title"] == "Mathématiques"
        assert translation.get_language() == "en"


def test_a_cookie_does_not_decide(path: str) -> None:
    api = Api()
    api.client.cookies["django_language"] = "fr"
    assert api.read(path)["title"] == "Maths"


def errors(base: type[JoanieError] = JoanieError) -> list[type[JoanieError]]:
    return [base, *(each for subclass in base.__subclasses__() for each in errors(subclass))]


@pytest.mark.parametrize("error", errors(), ids=lambda error: error.code)
def test_every_error_speaks_french(error: type[JoanieError]) -> None:
    with translation.override("fr"):
        assert translation.gettext(error.detail) != error.detail
