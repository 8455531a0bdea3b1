from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from django.utils import timezone, translation
from django.utils.functional import cached_property
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.conditional_requests import revalidate
from joanie.api.views.base import PublicViewSet


class RevalidatedViewSet(PublicViewSet):
    """Reads that clients keep, and ask whether they have changed."""

    # For the description of the API.
    is_revalidated: ClassVar[bool] = True

    @cached_property
    def now(self) -> datetime:
        """The moment of the answer, the same for all that depends on it."""
        return timezone.now()

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        language = translation.get_language()
        # Nobody is looked up for an answer that the database did not give.
        reader = self.learner if response.status_code == HTTPStatus.OK else None
        revalidate(request, response, reader=reader, language=language)
        return response
