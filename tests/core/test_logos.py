"""Which pictures may be a logo, and what their files are called."""

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
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


ACCEPTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "png": (picture, "image/png"),
    "transparent": (lambda: picture(mode="RGBA"), "image/png"),
    "palette": (lambda: picture(mode="P"), "image/png"),
    "grey": (lambda: picture("JPEG", "L"), "image/jpeg"),
    "jpeg": (lambda: picture("JPEG"), "image/jpeg"),
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
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="8" height="8"/></svg>',
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_picture_is_accepted(name: str) -> None:
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


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"<svg/>", picture() + b" " * MAX_BYTES, b"no"])
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
    organization.logo = ContentFile(picture("JPEG"), name="b.jpg")
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
