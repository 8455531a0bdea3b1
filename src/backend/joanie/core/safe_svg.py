"""Which SVG pictures may be kept: those that draw, and do nothing else."""

import re
from xml.parsers import expat

from django.utils.translation import gettext as _

from joanie.core.svg_cost import Drawing, TooMuchToDraw

MAX_ELEMENTS = 5_000
MAX_DEPTH = 100
# Each time that one is drawn because something refers to it counts.
MAX_DRAWN = 20_000

_SVG = "http://www.w3.org/2000/svg"
_HTML = "http://www.w3.org/1999/xhtml"
# In any namespace: what prints SVG does not look at it.
_REFUSED_ELEMENTS = {
    *("script", "handler", "listener", "foreignobject", "iframe", "object", "embed"),
    *("audio", "video", "canvas", "image", "feimage", "cursor", "font-face-uri"),
    *("animate", "animatecolor", "animatemotion", "animatetransform", "set", "discard"),
    # Drawn again on each point of a line.
    "marker",
}
# No part of a pattern here can take what the next part takes too: that has no end on long texts.
_REFERENCE_WITHIN = re.compile(r"""url\(\s*(['"]?)#[^'"()\\\s]*\1\s*\)""", re.IGNORECASE)
_REFUSED_STYLES = re.compile(
    r"url\(|src\(|image\(|image-set\(|@import|@font-face|expression\(|\\", re.IGNORECASE
)
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_ROOT_ATTRIBUTES = {
    "width": re.compile(rf"\s*{_NUMBER}\s*(?:(?:px|pt|pc|mm|cm|in|em|ex|rem|%)\s*)?"),
    "height": re.compile(rf"\s*{_NUMBER}\s*(?:(?:px|pt|pc|mm|cm|in|em|ex|rem|%)\s*)?"),
    "viewBox": re.compile(rf"\s*{_NUMBER}(?:(?:\s*,\s*|\s+){_NUMBER}){{3}}\s*"),
}


class UnsafeSVG(ValueError):
    """It is no SVG picture, or does more than drawing. The message is for whoever uploads it."""


def check_svg(content: bytes) -> None:
    """Raise UnsafeSVG unless the picture is complete in itself and carries no script.

    Entities are refused too, and what would take for ever to draw.
    """
    try:
        _Reader().read(content)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, UnsafeSVG):
            raise
        raise UnsafeSVG(_("This is not an SVG picture: %(why)s.") % {"why": error}) from error


class _Reader:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._entity
        self._parser.ProcessingInstructionHandler = self._instruction
        self._count = 0
        self._open: list[tuple[str, str]] = []
        self._style = ""
        self._style_sheets = ""
        self._drawing = Drawing()
        self._used: set[str] = set()
        self._with_use: set[str] = set()

    def read(self, content: bytes) -> None:
        self._parser.Parse(content, True)  # noqa: FBT003 - it takes no keyword
        if self._used & self._with_use:
            raise UnsafeSVG(_("A “use” element must not refer to another one."))
        try:
            self._drawing.check(self._style_sheets, MAX_DRAWN)
        except TooMuchToDraw as error:
            raise UnsafeSVG(_("This picture has too many elements: simplify it.")) from error

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        namespace, _space, name = qualified.rpartition(" ")
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise UnsafeSVG(_("This picture has too many elements: simplify it."))
        if not self._open:
            _check_root(namespace, name, attributes)
        if name.lower() in _REFUSED_ELEMENTS or namespace == _HTML:
            raise UnsafeSVG(_("A logo cannot have the element “%(name)s”.") % {"name": name})
        for attribute, value in attributes.items():
            _check_attribute(attribute.rpartition(" ")[2], value, is_plain=" " not in attribute)
        around = [identifier for _name, identifier in self._open if identifier]
        self._drawing.add(name, attributes, around)
        self._open.append((name, attributes.get("id", "")))
        if name == "use":
            self._note_use(attributes)

    def _note_use(self, attributes: dict[str, str]) -> None:
        self._with_use |= {identifier for _name, identifier in self._open if identifier}
        self._used |= {
            value.strip().removeprefix("#")
            for name, value in attributes.items()
            if name.endswith("href")
        }

    def _end(self, _qualified: str) -> None:
        name, _identifier = self._open.pop()
        if name == "style":
            _check_style(self._style)
            self._style_sheets += self._style
            self._style = ""

    def _text(self, text: str) -> None:
        if any(name == "style" for name, _identifier in self._open):
            self._style += text

    def _entity(self, name: str, *_details: object) -> None:
        raise UnsafeSVG(_("A logo cannot define the entity “%(name)s”.") % {"name": name})

    def _instruction(self, target: str, _data: str) -> None:
        raise UnsafeSVG(_("A logo cannot have the instruction “%(name)s”.") % {"name": target})


def _check_root(namespace: str, name: str, attributes: dict[str, str]) -> None:
    if (namespace, name) != (_SVG, "svg"):
        raise UnsafeSVG(_("This is not an SVG picture: %(why)s.") % {"why": f"<{name}>"})
    for attribute, pattern in _ROOT_ATTRIBUTES.items():
        value = attributes.get(attribute)
        if value is not None and not pattern.fullmatch(value):
            _refuse_attribute(attribute, value)


def _check_attribute(name: str, value: str, *, is_plain: bool) -> None:
    is_reference = name in {"href", "src", "base"}
    if name.lower().startswith("on") or (is_reference and not value.strip().startswith("#")):
        _refuse_attribute(name, value)
    if name == "spreadMethod" and value.strip() != "pad":
        # A short gradient that is repeated all over takes for ever to draw.
        _refuse_attribute(name, value)
    if is_plain:
        _check_style(value)


def _refuse_attribute(name: str, value: str) -> None:
    what = {"name": name, "value": value[:50]}
    raise UnsafeSVG(_("A logo cannot have %(name)s=“%(value)s”.") % what)


def _check_style(css: str) -> None:
    if found := _REFUSED_STYLES.search(_REFERENCE_WITHIN.sub("", css)):
        raise UnsafeSVG(
            _("A logo brings everything itself: its styles cannot have “%(name)s”.")
            % {"name": found[0]}
        )
