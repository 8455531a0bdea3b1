"""Logos of sellers: what is accepted, and how their files are named.

A file is named by the SHA-256 of its content, so a name always means the same picture: a document
keeps the name, and is printed with the logo that the seller had when it was issued.
"""

import re
import struct
import warnings
import zlib
from hashlib import sha256
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _
from PIL import Image

MAX_BYTES = 1024 * 1024
MAX_PIXELS = 16_000_000

PNG, JPEG = "image/png", "image/jpeg"
_SIGNATURES = {PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff"}
_SUFFIXES = {PNG: ".png", JPEG: ".jpg"}
# Those that PDF/A can hold beside its RGB profile, with eight bits a colour at most.
_MODES = {"1", "L", "LA", "P", "RGB", "RGBA"}
# What Pillow raises: some of its readers trust what they read.
_BROKEN = (
    *(OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, ArithmeticError),
    *(struct.error, zlib.error, Image.DecompressionBombError),
)
# A storage that has the name already may add to it: "4c1f…_x7Gh2k9.png".
_NAME = re.compile(r"joanie/logos/([0-9a-f]{64})(?:_\w+)?\.(?:png|jpg)")


def check_logo(content: bytes) -> str:
    """Return the content type of a logo. Raises ValidationError on all that is not to be printed.

    Looks at the content alone: too large, neither PNG nor JPEG, broken, or in colours for offset
    printing. An SVG is a program that draws: whether it is harmless is not ours to judge.
    """
    if len(content) > MAX_BYTES:
        raise ValidationError(_("A logo has a megabyte at most."), code="too_large")
    content_type = _content_type(content)
    _check_pixels(content)
    return content_type


def check_uploaded(logo: FieldFile) -> None:
    """Check a logo that is not stored yet. Raises ValidationError, see ``check_logo``."""
    if logo and _is_new(logo):
        if logo.size > MAX_BYTES:
            raise ValidationError(_("A logo has a megabyte at most."), code="too_large")
        check_logo(_read(logo))


def name_after_content(logo: FieldFile) -> None:
    """Give a logo that is about to be saved the name that its content deserves.

    One that was stored under another name is stored again; its first file stays, as all do.
    """
    if not logo or (not _is_new(logo) and is_named_after_content(logo.name or "")):
        return
    try:
        content = _read(logo)
    except FileNotFoundError:
        return
    name = sha256(content).hexdigest() + _SUFFIXES[_content_type(content)]
    setattr(logo.instance, logo.field.name, ContentFile(content, name=name))


def is_named_after_content(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def is_the_content_named(name: str, content: bytes) -> bool:
    """Say whether a file has the content that its name promises."""
    named = _NAME.fullmatch(name)
    return named is not None and named[1] == sha256(content).hexdigest()


def _is_new(logo: FieldFile) -> bool:
    # Django has no public name for it.
    return not vars(logo)["_committed"]


def _read(logo: FieldFile) -> bytes:
    if _is_new(logo):
        logo.file.seek(0)
        content: bytes = logo.file.read()
        logo.file.seek(0)
        return content
    with logo.storage.open(logo.name or "") as file:
        stored: bytes = file.read()
    return stored


def _content_type(content: bytes) -> str:
    for content_type, signature in _SIGNATURES.items():
        if content.startswith(signature):
            return content_type
    raise ValidationError(_("A logo is a PNG or a JPEG picture."), code="kind")


def _check_pixels(content: bytes) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # Checks the sums of a PNG; nothing can be done with the picture afterwards.
            Image.open(BytesIO(content), formats=["PNG", "JPEG"]).verify()
            image = Image.open(BytesIO(content), formats=["PNG", "JPEG"])
        if image.width * image.height > MAX_PIXELS:
            raise ValidationError(
                _("A logo has 16 million pixels at most: make it smaller."), code="too_large"
            )
        image.load()
    except _BROKEN as error:
        raise ValidationError(_("This picture is broken."), code="broken") from error
    if image.mode not in _MODES:
        raise ValidationError(
            _("Save this picture with RGB colours, of 8 bits each."), code="colours"
        )
