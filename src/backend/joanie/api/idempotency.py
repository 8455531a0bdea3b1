"""``Idempotency-Key``: a request that is sent again gets the answer of the first."""

import json
import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.views.base import PrivateViewSet
from joanie.core.services.idempotency import KeyedRequest, claim_key, store_answer

HEADER = "Idempotency-Key"
# Says that the answer is that of an earlier request.
REPLAYED = "Idempotency-Replayed"
PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Sent again within 24 hours with the same body, the request is not repeated: "
    "the first answer is, less what is secret in it (`payment_info.client`).",
)
_KEY = re.compile(r"[!-~]{1,255}")
# No id of ours makes a path any longer; of one that is, there is nothing to be found.
_LONGEST_PATH = 255
View = TypeVar("View", bound=Callable[..., Response])


def idempotent(view: View) -> View:
    """Make a method of a ``PrivateViewSet`` honour ``Idempotency-Key``, where there is one."""

    @wraps(view)
    def answer(self: PrivateViewSet, request: Request, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return view(self, request, **kwargs)
        record = claim_key(owner=self.owner, request=_identify(key, request))
        if record.response_status is not None:
            return _repeat(record.response_status, record.response_body)
        response, status = None, int(HTTPStatus.INTERNAL_SERVER_ERROR)
        try:
            response = _run(self, view, request, **kwargs)
            status = response.status_code
        finally:
            # An error that nobody foresaw frees the key too.
            body = None if response is None else _without_secrets(response.data)
            store_answer(record=record, status=status, body=body)
        return response

    return cast("View", answer)


def _run(
    self: PrivateViewSet, view: Callable[..., Response], request: Request, **kwargs: Any
) -> Response:
    """Turn refusals into answers here: they are repeated too."""
    try:
        return view(self, request, **kwargs)
    except Exception as error:  # noqa: BLE001 - what is not a refusal is raised again
        return self.handle_exception(error)


def _identify(key: str, request: Request) -> KeyedRequest:
    """Raises ValidationError when the key is not one."""
    if not _KEY.fullmatch(key):
        message = _("Use 1 to 255 visible ASCII characters, such as those of a UUID.")
        raise ValidationError({HEADER: [message]})
    body = json.dumps(request.data, sort_keys=True).encode()
    path = quote(request.path)[:_LONGEST_PATH]
    return KeyedRequest(key, str(request.method), path, sha256(body).hexdigest())


def _repeat(status: int, body: Any) -> Response:
    return Response(body, status=status, headers={REPLAYED: "true"})


def _without_secrets(data: Any) -> Any:
    """Give the answer as JSON, without what lets a browser pay in the learner's name."""
    if data is None:
        return None
    body = json.loads(JSONRenderer().render(data))
    if isinstance(body, dict) and isinstance(body.get("payment_info"), dict):
        body["payment_info"].pop("client", None)
    return body
