"""Asking the catalogue whether something has changed."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings
from tests.api.api_client import Api, make_token

from joanie.core.factories import CourseFactory, CourseRunFactory, OrderFactory, ProductFactory
from joanie.core.models import Course, Product

READS = [
    "/courses/",
    "/courses/{course}/",
    "/products/",
    "/products/{product}/",
    "/course-runs/",
    "/course-runs/{run}/",
    "/organizations/",
    "/organizations/{organization}/",
    "/payment-methods/",
]


@pytest.fixture
def product(db: None) -> Product:
    product: Product = ProductFactory(courses=[CourseRunFactory(course__code="maths").course])
    return product


def named(path: str, product: Product) -> str:
    course = product.courses.get()
    return path.format(
        course=course.code,
        product=product.pk,
        run=course.course_runs.get().pk,
        organization=course.organizations.get().pk,
    )


def etag_of(api: Api, path: str, **query: Any) -> str:
    response = api.get(path, **query)
    assert response.status_code == 200
    etag: str = response.headers["ETag"]
    return etag


def ask(api: Api, path: str, etag: str, method: str = "GET") -> Any:
    return api.send(method, path, "", HTTP_IF_NONE_MATCH=etag)


@pytest.mark.parametrize("path", READS)
def test_what_has_not_changed_is_not_sent_again(
    api: Api, anonymous: Api, product: Product, path: str
) -> None:
    path = named(path, product)
    for reader in (api, anonymous):
        etag = etag_of(reader, path)
        response = ask(reader, path, etag)
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["ETag"] == etag


@pytest.mark.parametrize(
    "header", ["{etag}", "W/{etag}", '"other", {etag}', '"other",W/{etag}', "*"]
)
@pytest.mark.usefixtures("product")
def test_a_tag_is_compared_weakly(anonymous: Api, header: str) -> None:
    etag = etag_of(anonymous, "/courses/")
    assert ask(anonymous, "/courses/", header.format(etag=etag)).status_code == 304


@pytest.mark.parametrize("header", ["", '"other"', "nonsense", '"', "\x00", "é", "*, x", "W/"])
@pytest.mark.usefixtures("product")
def test_another_tag_has_the_answer_sent(anonymous: Api, header: str) -> None:
    response = ask(anonymous, "/courses/", header)
    assert (response.status_code, response.json()["count"]) == (200, 1)


@pytest.mark.parametrize("path", READS)
def test_headers_alone_can_be_asked_for(anonymous: Api, product: Product, path: str) -> None:
    path = named(path, product)
    response = anonymous.send("HEAD", path, "")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["ETag"] == etag_of(anonymous, path)
    assert ask(anonymous, path, response.headers["ETag"], "HEAD").status_code == 304


def test_a_change_is_sent(anonymous: Api, product: Product) -> None:
    etag = etag_of(anonymous, "/courses/")
    product.title = "Another"
    product.save()
    response = ask(anonymous, "/courses/", etag)
    assert response.status_code == 200
    assert response.headers["ETag"] != etag


def test_a_state_that_changes_with_time_is_sent(anonymous: Api, product: Product) -> None:
    path = named("/courses/{course}/", product)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        etag = etag_of(anonymous, path)
        clock.shift(timedelta(days=9))
        assert ask(anonymous, path, etag).status_code == 304
        clock.shift(timedelta(days=2))
        response = ask(anonymous, path, etag)
        assert (response.status_code, response.json()["state"]["priority"]) == (200, 5)


def test_an_order_of_ones_own_is_sent(api: Api, owner: Any, product: Product) -> None:
    etag = etag_of(api, "/courses/")
    OrderFactory(owner=owner, product=product)
    assert ask(api, "/courses/", etag).status_code == 200


def test_each_reader_language_and_query_has_a_tag(
    api: Api, other: Api, anonymous: Api, product: Product, owner: Any
) -> None:
    french = Api(owner, language="fr")
    tags = [etag_of(reader, "/courses/") for reader in (api, other, anonymous, french)]
    tags += [etag_of(anonymous, "/courses/", query=word) for word in ("nothing", "nowhere")]
    assert len(set(tags)) == len(tags)


def test_the_tag_of_somebody_else_is_nobodys(api: Api, other: Api, product: Product) -> None:
    assert ask(other, "/courses/", etag_of(api, "/courses/")).status_code == 200


def test_the_language_of_the_token_counts(product: Product, owner: Any) -> None:
    english, french = (Api(token=make_token(language=code)) for code in ("en", "fr"))
    assert ask(french, "/courses/", etag_of(english, "/courses/")).status_code == 200


@pytest.mark.parametrize("path", READS)
def test_caches_ask_each_time_and_shared_ones_keep_what_is_public(
    api: Api, anonymous: Api, product: Product, path: str
) -> None:
    path = named(path, product)
    for reader, expected in ((api, "private, no-cache"), (anonymous, "public, no-cache")):
        whole = reader.get(path)
        unchanged = ask(reader, path, whole.headers["ETag"])
        for response in (whole, unchanged):
            assert response.headers["Cache-Control"] == expected
            assert {"Accept-Language", "Authorization"} <= set(
                response.headers["Vary"].split(", ")
            )


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/courses/unknown/", {}, 404),
        ("/courses/", {"page": "2"}, 404),
        ("/courses/", {"state": "x"}, 400),
    ],
)
@pytest.mark.usefixtures("product")
def test_a_refusal_is_for_no_cache(
    anonymous: Api, path: str, query: dict[str, str], status: int
) -> None:
    response = anonymous.get(path, **query)
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers


@pytest.mark.usefixtures("product")
def test_a_bad_token_is_refused_whatever_tag_comes_with_it(anonymous: Api) -> None:
    response = ask(Api(token="nonsense"), "/courses/", "*")
    assert response.status_code == 401
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "middleware",
    ["django.middleware.http.ConditionalGetMiddleware", "django.middleware.gzip.GZipMiddleware"],
)
def test_the_hosts_middleware_goes_well_with_it(
    anonymous: Api, settings: Settings, middleware: str
) -> None:
    settings.MIDDLEWARE = [middleware, *settings.MIDDLEWARE]
    Course.objects.bulk_create(Course(code=f"c{number}", title="c") for number in range(20))
    CourseFactory()
    first = anonymous.send("GET", "/courses/", "", HTTP_ACCEPT_ENCODING="gzip")
    assert ask(anonymous, "/courses/", first.headers["ETag"]).status_code == 304
