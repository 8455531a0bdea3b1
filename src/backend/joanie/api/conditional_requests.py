"""Answering "nothing has changed" to whoever has the present answer already (RFC 9110, §13)."""

from hashlib import sha256
from http import HTTPStatus

from django.contrib.auth.base_user import AbstractBaseUser
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from rest_framework.request import Request
from rest_framework.response import Response


def revalidate(
    request: Request, response: Response, *, reader: AbstractBaseUser | None, language: str
) -> None:
    """Give a read its ETag, and have it answer 304 where If-None-Match names it.

    The tag is of the answer as it is written, for this reader in this language: what an answer
    depends on (the state of a run changes with the hour) cannot be forgotten. The answer is made
    each time, of what ``joanie.api.reads.cards`` keeps: a 304 saves its way to the reader.

    No cache may use an answer without asking again, and shared ones keep only what anybody sees.
    """
    if request.method not in {"GET", "HEAD"} or response.status_code != HTTPStatus.OK:
        response.headers["Cache-Control"] = "no-store"
        return
    response.headers["Cache-Control"] = f"{'public' if reader is None else 'private'}, no-cache"
    about = f"{'' if reader is None else reader.pk} {language} {request.get_full_path()}\n"

    def compare(written: Response) -> HttpResponseBase | None:
        etag = quote_etag(sha256(about.encode() + written.content).hexdigest())
        written.headers["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=written)

    response.add_post_render_callback(compare)
