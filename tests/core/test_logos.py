"""Which pictures may be a logo, and what their files are called."""

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image
from pytest_django import Settings

from joanie.core.factories import OrganizationFactory
from joanie.core.logos import MAX_BYTES, check_logo
from joanie.core.models import Organization


def picture(kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (8, 8)) -> bytes:
    file = BytesIO()
    Image.new(mode, size).save(file, format=kind)
    return file.getvalue()


def svg(inside: str = "<rect width='8' height='8'/>", attributes: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()


def masks_within_masks(use: str) -> str:
    """Nine masks, each drawing the next one six times."""
    return "".join(f'<mask id="m{n}">{use.format(n + 1) * 6}</mask>' for n in range(9))


ACCEPTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "png": (picture, "image/png"),
    "transparent": (lambda: picture(mode="RGBA"), "image/png"),
    "palette": (lambda: picture(mode="P"), "image/png"),
    "grey": (lambda: picture("JPEG", "L"), "image/jpeg"),
    "jpeg": (lambda: picture("JPEG"), "image/jpeg"),
    "svg": (
        lambda: svg(attributes='width="8mm" height="100%" viewBox="0 0,8 8.5"'),
        "image/svg+xml",
    ),
    "gradient": (lambda: svg('<path d="M0 0" style="fill: url( \'#a\' )"/>'), "image/svg+xml"),
    "use": (lambda: svg('<g id="a"/><use href="#a"/><use href="#a"/>'), "image/svg+xml"),
    "clipped": (
        lambda: svg(
            "<style>.a { clip-path: url(#b) }</style><rect class='a'/>"
            "<clipPath id='b'><use href='#c' class='d'/></clipPath><rect id='c'/>"
        ),
        "image/svg+xml",
    ),
    "link to nowhere": (lambda: svg('<a href="#"/>'), "image/svg+xml"),
    "pad": (lambda: svg("<linearGradient spreadMethod='pad'/>"), "image/svg+xml"),
    "style": (lambda: svg("<style>.a { fill: red }</style>"), "image/svg+xml"),
    "utf-16": (lambda: svg().decode().encode("utf-16"), "image/svg+xml"),
    "editor": (
        lambda: (
            b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
            b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
            + svg(
                '<i:view xmlns:i="http://editor.example/" i:path="C:\\logo"/>'
                '<metadata><x:a xmlns:x="http://a.example/" x:about="http://b.example"/></metadata>'
            )
        ),
        "image/svg+xml",
    ),
}
HREF = "xmlns:l='http://www.w3.org/1999/xlink' l:href"
REFUSED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"a logo",
    "gif": lambda: picture("GIF"),
    "cut": lambda: picture(size=(90, 90))[:-40],
    "cut jpeg": lambda: picture("JPEG", size=(90, 90))[:200],
    "png without a picture": lambda: picture()[:33] + picture()[-12:],
    "only a signature": lambda: b"\x89PNG\r\n\x1a\n",
    "colours for offset printing": lambda: picture("JPEG", "CMYK"),
    "16 bits": lambda: picture(mode="I;16"),
    "many pixels": lambda: picture(mode="1", size=(4001, 4000)),
    "large": lambda: picture() + b" " * MAX_BYTES,
    "html": lambda: b"<html><body/></html>",
    "no namespace": lambda: b"<svg/>",
    "unfinished": lambda: svg()[:-3],
    "script": lambda: svg("<script>alert(1)</script>"),
    "prefixed script": lambda: svg("<s:Script xmlns:s='http://www.w3.org/2000/svg'/>"),
    "html inside": lambda: svg("<h:p xmlns:h='http://www.w3.org/1999/xhtml'/>"),
    "foreign object": lambda: svg("<foreignObject/>"),
    "event": lambda: svg(attributes="onload='alert(1)'"),
    "animation": lambda: svg("<a><set attributeName='href' to='#'/></a>"),
    "link": lambda: svg("<a href='https://example.org/'/>"),
    "script link": lambda: svg(f"<a {HREF}=' javascript:alert(1)'/>"),
    "picture": lambda: svg("<image href='https://example.org/a.png'/>"),
    "file": lambda: svg(f"<use {HREF}='file:///etc/passwd#a'/>"),
    "base": lambda: svg("<g xml:base='https://example.org/'/>"),
    "filling": lambda: svg("<rect fill='url(https://example.org/#a)'/>"),
    "quoted filling": lambda: svg("<rect fill=\"URL('https://example.org/#a')\"/>"),
    "escaped filling": lambda: svg(r"<rect style='fill: \75rl(https://example.org/)'/>"),
    "import": lambda: svg("<style>@import 'https://example.org/a.css';</style>"),
    "split import": lambda: svg("<style>@im<!-- -->port 'https://example.org/'</style>"),
    "font": lambda: svg("<style>@font-face { font-family: a; src: local(b) }</style>"),
    "style sheet": lambda: b"<?xml-stylesheet href='https://example.org/'?>" + svg(),
    "entity": lambda: b"<!DOCTYPE svg [<!ENTITY a 'aaaa'>]>" + svg("&a;"),
    "outer entity": lambda: b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + svg(),
    "default": lambda: b"<!DOCTYPE svg [<!ATTLIST svg onload CDATA 'alert(1)'>]>" + svg(),
    "no numbers": lambda: svg(attributes="viewBox='0 0 a b'"),
    "no width": lambda: svg(attributes="width='wide'"),
    "deep": lambda: svg("<g>" * 200 + "</g>" * 200),
    "many elements": lambda: svg("<g/>" * 5_000),
    "use of a use": lambda: svg('<g id="a"><use href="#b"/></g><g id="b"/><use href="#a"/>'),
    "repeated gradient": lambda: svg('<radialGradient r=".00001" spreadMethod="repeat"/>'),
    "marker": lambda: svg('<marker id="a"/>'),
    "mask within itself": lambda: svg('<mask id="a"><g mask="url(#a)"/></mask>'),
    "masks within masks": lambda: svg(masks_within_masks('<rect mask="url(#m{})"/>')),
    "masks by a style sheet": lambda: svg(
        "<style>"
        + "".join(f".a{n} {{mask: url(#m{n})}}" for n in range(9))
        + "</style>"
        + masks_within_masks('<rect class="a{}"/>')
    ),
    "used too often": lambda: svg('<g id="a">' + "<g/>" * 2000 + "</g>" + '<use href="#a"/>' * 20),
    "references without end": lambda: svg(
        "".join(f'<pattern id="a{n}" href="#a{n + 1}"/>' for n in range(3000))
    ),
    "unknown encoding": lambda: b'<?xml version="1.0" encoding="none"?>' + svg(),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_picture_that_only_draws_is_accepted(name: str) -> None:
    build, content_type = ACCEPTED[name]
    assert check_logo(build()) == content_type


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        check_logo(REFUSED[name]())
    assert refusal.value.messages


def _organization(content: bytes, name: str = "logo.png") -> Organization:
    organization: Organization = OrganizationFactory.build(logo=ContentFile(content, name=name))
    return organization


@pytest.mark.parametrize(
    "picture_of",
    [
        lambda length: svg(attributes=f'width="{"1" * length}x"'),
        lambda length: svg(attributes=f'width="1{" " * length}x"'),
        lambda length: svg(attributes=f'viewBox="{"1" * length}x"'),
        lambda length: svg(f'<g fill="url(#{" " * length}"/>'),
        lambda length: svg(
            "<style>" + "a{b:url(#c)}" * (length // 20) + "</style>" + "<g/>" * 4000
        ),
    ],
)
def test_a_long_text_is_refused_as_fast_as_it_is_read(picture_of: Callable[[int], bytes]) -> None:
    before = process_time()
    with pytest.raises(ValidationError):
        check_logo(picture_of(500_000))
    assert process_time() - before < 2


@pytest.mark.django_db
@pytest.mark.parametrize("content", [svg("<script/>"), picture() + b" " * MAX_BYTES, b"no"])
def test_refusal_is_told_on_the_field(content: bytes) -> None:
    with pytest.raises(ValidationError) as refusal:
        _organization(content).full_clean()
    assert set(refusal.value.message_dict) == {"logo"}


@pytest.mark.django_db
def test_logo_is_named_by_its_content() -> None:
    organization = _organization(picture("JPEG"), "My logo.jpeg")
    organization.full_clean()
    organization.save()
    digest = sha256(picture("JPEG")).hexdigest()
    assert Organization.objects.get().logo.name == f"joanie/logos/{digest}.jpg"
    assert organization.logo.read() == picture("JPEG")
    organization.logo.close()


@pytest.mark.django_db
def test_logo_that_is_stored_by_code_is_named_by_its_content_too() -> None:
    OrganizationFactory().logo.save("logo.png", ContentFile(picture()))
    digest = sha256(picture()).hexdigest()
    assert Organization.objects.get().logo.name == f"joanie/logos/{digest}.png"


@pytest.mark.django_db
def test_another_logo_leaves_the_first_where_it_is(settings: Settings) -> None:
    organization = OrganizationFactory(logo=ContentFile(picture(), name="a.png"))
    first = organization.logo.name
    organization.logo = ContentFile(svg(), name="b.svg")
    organization.save()
    assert organization.logo.name != first
    assert (Path(settings.MEDIA_ROOT) / first).read_bytes() == picture()


@pytest.mark.django_db
def test_same_logo_again_overwrites_nothing(settings: Settings) -> None:
    names = set()
    for code in ("A", "B"):
        logo = ContentFile(picture(), name="logo.png")
        names.add(OrganizationFactory(code=code, logo=logo).logo.name)
    assert all(sha256(picture()).hexdigest() in name for name in names)
    assert len(names) == len([*Path(settings.MEDIA_ROOT).rglob("*.png")])


@pytest.mark.django_db
def test_organization_whose_logo_is_gone_can_still_be_changed() -> None:
    Organization.objects.filter(pk=OrganizationFactory().pk).update(logo="joanie/logos/gone.png")
    organization: Any = Organization.objects.get()
    organization.city = "Lyon"
    organization.full_clean()
    organization.save()
    assert Organization.objects.get().city == "Lyon"
