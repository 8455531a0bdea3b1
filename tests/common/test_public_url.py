"""Where the world reaches us, and where a browser may be sent after paying."""

import pytest
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from joanie.common.public_url import (
    PublicUrlUnknown,
    get_public_base_url,
    is_allowed_return_url,
)

SHOP = "https://shop.example.org"


def _request(host: str, *, scheme: str = "https", **headers: str) -> HttpRequest:
    request = RequestFactory(headers=headers).get("/", secure=scheme == "https")
    request.META["HTTP_HOST"] = host
    return request


@pytest.mark.parametrize("configured", [SHOP, f"{SHOP}/"])
@pytest.mark.parametrize("host", ["shop.example.org", "evil.example"])
def test_the_configured_address_counts_first(
    settings: Settings, configured: str, host: str
) -> None:
    settings.JOANIE = {**settings.JOANIE, "PUBLIC_BASE_URL": configured}
    settings.ALLOWED_HOSTS = ["*"]
    assert get_public_base_url(_request(host)) == SHOP


@pytest.mark.parametrize(
    ("allowed", "host", "url"),
    [
        (["shop.example.org"], "shop.example.org", SHOP),
        (["shop.example.org"], "shop.example.org:8443", f"{SHOP}:8443"),
        ([".example.org"], "shop.example.org", SHOP),
        (["*"], "localhost:8071", "https://localhost:8071"),
        (["*"], "127.0.0.1", "https://127.0.0.1"),
        (["*"], "[::1]:8071", "https://[::1]:8071"),
    ],
)
def test_the_request_s_own_address_counts_where_its_host_is_named(
    settings: Settings, allowed: list[str], host: str, url: str
) -> None:
    settings.ALLOWED_HOSTS = allowed
    assert get_public_base_url(_request(host)) == url


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        (["*"], "shop.example.org"),
        (["shop.example.org", "*"], "shop.example.org"),
        (["*"], "localhost.evil.example"),
        (["*"], "127.0.0.1.evil.example"),
        (["*"], "evil.example:8071"),
    ],
)
def test_a_host_that_nobody_named_is_not_trusted(
    settings: Settings, allowed: list[str], host: str
) -> None:
    settings.ALLOWED_HOSTS = allowed
    with pytest.raises(PublicUrlUnknown):
        get_public_base_url(_request(host))


@pytest.mark.parametrize("host", ["evil.example", "shop.example.org.evil.example", "a@b", "a b"])
def test_a_host_that_is_not_allowed_is_refused(settings: Settings, host: str) -> None:
    settings.ALLOWED_HOSTS = ["shop.example.org"]
    with pytest.raises(DisallowedHost):
        get_public_base_url(_request(host))


def test_what_a_proxy_says_is_not_trusted(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["shop.example.org"]
    request = _request(
        "shop.example.org",
        scheme="http",
        **{"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"},
    )
    assert get_public_base_url(request) == "http://shop.example.org"


@pytest.fixture
def _two_places(settings: Settings) -> None:
    allowed = [f"{SHOP}/courses/", "http://localhost:3000"]
    settings.JOANIE = {**settings.JOANIE, "ALLOWED_RETURN_URLS": allowed}


@pytest.mark.parametrize(
    "url",
    [
        f"{SHOP}/courses/",
        f"{SHOP}/courses/data-1?state=done&next=//evil.example#top",
        "http://localhost:3000",
        "http://localhost:3000/anything/at/all",
        "HTTP://localhost:3000/",
    ],
)
@pytest.mark.usefixtures("_two_places")
def test_a_page_under_an_allowed_one_is_allowed(url: str) -> None:
    assert is_allowed_return_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/courses/",
        "//shop.example.org/courses/",
        "///evil.example/courses/",
        "https:shop.example.org/courses/",
        "https:///shop.example.org/courses/",
        "http://shop.example.org/courses/",
        "https://evil.example/courses/",
        "https://shop.example.org.evil.example/courses/",
        "https://shop.example.orgevil.example/courses/",
        "https://evil.example#https://shop.example.org/courses/",
        "https://evil.example?https://shop.example.org/courses/",
        "https://shop.example.org:443/courses/",
        "https://shop.example.org:8443/courses/",
        "https://shop.example.org@evil.example/courses/",
        "https://shop.example.org:pass@evil.example/courses/",
        "https://user@shop.example.org/courses/",
        "https://@shop.example.org/courses/",
        "https://shop.example.org\\@evil.example/courses/",
        "https://evil.example\\.shop.example.org/courses/",
        "https:\\\\evil.example/courses/",
        "https://shop.example.org/courses/\\..\\admin",
        "https://shop.example.org/courses",
        "https://shop.example.org/",
        "https://shop.example.org/courses/../admin/",
        "https://shop.example.org/courses/..",
        "https://shop.example.org/courses/%2e%2e/admin/",
        "https://shop.example.org/courses/%2E./admin/",
        "https://shop.example.org/courses/.%2e/admin/",
        "https://shop.example.org/courses/..%2fadmin/",
        "https://shop.example.org/courses/x%2F%2e%2e%2Fadmin/",
        "https://shop.example.org./courses/",
        "https://SHOP.example.org/courses/",
        "https://shop.example.org:/courses/",
        "https://:pass@shop.example.org/courses/",
        "https://shop.example.org%2eevil.example/courses/",
        "https://shop.example.org%00/courses/",
        "https://\u017fhop.example.org/courses/",
        "https://\u0455hop.example.org/courses/",
        "https://shop\u3002example\u3002org/courses/",
        "https://evil.example/https://shop.example.org/courses/",
        "https://shop.example.org;evil.example/courses/",
        "https://[shop.example.org]/courses/",
        "https://shop.example.org/courses/%252e%252e/admin/",
        "https://shop.example.org/courses/%25252e%25252e/admin/",
        "https://shop.example.org/courses/;/../admin/",
        "https://shop.example.org/courses/..;/admin/",
        "https://shop.example.org/courses/%5c..%5cadmin/",
        "https://shop.example.org//evil.example/courses/",
        "javascript://shop.example.org/courses/%0aalert(1)",
        "JaVaScRiPt:alert(1)",
        "vbscript://shop.example.org/courses/",
        "blob:https://shop.example.org/courses/",
        "view-source:https://shop.example.org/courses/",
        "javascript:alert(1)//https://shop.example.org/courses/",
        "data:text/html,https://shop.example.org/courses/",
        " https://shop.example.org/courses/",
        "https://shop.example.org/courses/ ",
        "https://shop.example.org/courses/\r\nSet-Cookie: a=b",
        "ht\ttps://shop.example.org/courses/",
        "https://shop.example.org\x00.evil.example/courses/",
        "https://[::1/courses/",
        "https://shop.example.org\uff0fevil.example/courses/",
        "http://localhost:30000/",
        "http://localhost:3000.evil.example/",
    ],
)
@pytest.mark.usefixtures("_two_places")
def test_every_other_page_is_refused(url: str) -> None:
    assert not is_allowed_return_url(url)


@pytest.mark.parametrize("allowed", [[], [""], ["/"], ["https://"], ["//shop.example.org"]])
@pytest.mark.parametrize(
    "url", ["/", "//evil.example/", "///evil.example/", "https:///evil.example"]
)
def test_an_entry_that_names_no_site_allows_nothing(
    settings: Settings, allowed: list[str], url: str
) -> None:
    settings.JOANIE = {**settings.JOANIE, "ALLOWED_RETURN_URLS": allowed}
    assert not is_allowed_return_url(url)
