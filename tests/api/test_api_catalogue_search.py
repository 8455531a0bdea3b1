"""Finding courses, products, runs and organizations by what one reads on them."""

from typing import Any

import pytest
from tests.api.api_client import Api

from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    OrganizationFactory,
    ProductFactory,
)


@pytest.fixture
def _courses(db: None) -> None:
    CourseFactory(code="MATH-101", title="Applied Mathematics", title_fr="Éléments d'algèbre")
    CourseFactory(code="PHYS", title="Applied Physics")
    CourseFactory(code="LAW", title="100% of the law_", title_fr="")


def found(text: str, language: str = "en") -> set[str]:
    answer = Api(language=language).read("/courses/", query=text)
    return {course["code"] for course in answer["results"]}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", {"MATH-101", "PHYS", "LAW"}),
        ("   ", {"MATH-101", "PHYS", "LAW"}),
        ("applied", {"MATH-101", "PHYS"}),
        ("APPLIED physics", {"PHYS"}),
        ("physics applied", {"PHYS"}),
        ("  physics \t applied\n", {"PHYS"}),
        ("math-1", {"MATH-101"}),
        ("101 mathematics", {"MATH-101"}),
        ("applied law", set()),
        ("physapplied", set()),
        ("%", {"LAW"}),
        ("0%", {"LAW"}),
        ("_", {"LAW"}),
        ("m_th", set()),
        ("\\", set()),
        ("' OR 1=1 --", set()),
        ("e " * 50, {"MATH-101", "PHYS", "LAW"}),
    ],
)
@pytest.mark.usefixtures("_courses")
def test_every_word_is_found_in_the_title_or_the_code(text: str, codes: set[str]) -> None:
    assert found(text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("algèbre", {"MATH-101"}),
        ("ÉLÉMENTS", {"MATH-101"}),
        ("math-101 algèbre", {"MATH-101"}),
        ("mathematics", set()),
        ("physics", {"PHYS"}),
        ("law", {"LAW"}),
    ],
)
@pytest.mark.usefixtures("_courses")
def test_a_title_is_looked_for_as_the_reader_sees_it(text: str, codes: set[str]) -> None:
    assert found(text, "fr") == codes


@pytest.mark.usefixtures("_courses")
def test_a_translation_is_not_found_in_another_language() -> None:
    assert found("algèbre") == found("algèbre", "de") == set()


@pytest.mark.usefixtures("_courses")
def test_what_is_found_is_what_is_shown() -> None:
    for language in ("en", "fr"):
        for course in Api(language=language).read("/courses/")["results"]:
            assert course["code"] in found(course["title"], language)


def titles(path: str, text: str, language: str = "en") -> list[str]:
    answer = Api(language=language).read(path, query=text)
    return [row["title"] for row in answer["results"]]


@pytest.mark.django_db
def test_products_are_found_by_title_and_description() -> None:
    ProductFactory(title="Diploma", title_fr="Diplôme", description="Two years of maths")
    ProductFactory(title="Badge", description="A week", description_fr="Une semaine de maths")
    assert titles("/products/", "diploma maths") == ["Diploma"]
    assert titles("/products/", "week") == ["Badge"]
    assert titles("/products/", "maths diplôme", "fr") == ["Diplôme"]
    assert titles("/products/", "semaine", "fr") == ["Badge"]
    assert titles("/products/", "week", "fr") == []


@pytest.mark.django_db
def test_runs_are_found_by_their_title_and_their_course() -> None:
    course: Any = CourseFactory(code="PHYS", title="Physics", title_fr="Physique")
    CourseRunFactory(title="Spring", title_fr="Printemps", course=course)
    CourseRunFactory(title="Autumn", course=course)
    assert titles("/course-runs/", "phys spring") == ["Spring"]
    assert titles("/course-runs/", "physique printemps", "fr") == ["Printemps"]
    assert titles("/course-runs/", "physique autumn", "fr") == ["Autumn"]


@pytest.mark.django_db
def test_organizations_are_found_by_title_and_code() -> None:
    OrganizationFactory(code="UPX", title="University", title_fr="Université")
    OrganizationFactory(code="ENS", title="School")
    assert titles("/organizations/", "upx university") == ["University"]
    assert titles("/organizations/", "université", "fr") == ["Université"]
    assert titles("/organizations/", "school", "fr") == ["School"]
