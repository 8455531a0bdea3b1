import json
from collections.abc import Mapping
from typing import IO, Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MAX_BODY_SIZE = 1024 * 1024


class RequestTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("This request is too large.")
    default_code = "request_too_large"


def refuse_large_body(request: HttpRequest) -> None:
    """Raise RequestTooLarge by what is announced: WSGI servers read no more than that."""
    try:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return
    if size > MAX_BODY_SIZE:
        raise RequestTooLarge


class JsonParser(JSONParser):
    """JSON by the letter: no NaN, no half of a character, and no deeper than Python can follow."""

    strict = True

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            parsed = super().parse(stream, media_type, parser_context)
            # An unpaired surrogate, "\\ud800", could neither be stored nor be sent back.
            json.dumps(parsed, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError) as error:
            raise ParseError(_("This JSON cannot be read.")) from error
        return parsed
