"""Where LMSs tell us about their course runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from joanie.api.schema import ErrorSerializer, describe, errors
from joanie.api.serializers.course_run_sync import CourseRunSyncSerializer
from joanie.api.views.base import JoanieView
from joanie.common.signature import SCHEME, is_signed
from joanie.conf import joanie_settings
from joanie.core.services.course_runs import (
    CourseRunReport,
    InvalidCourseRuns,
    synchronize_course_runs,
)

MAX_RUNS = 1000
ONE_OR_MORE = PolymorphicProxySerializer(
    component_name="CourseRunSyncBody",
    serializers=[CourseRunSyncSerializer, CourseRunSyncSerializer(many=True)],
    resource_type_field_name=None,
    many=False,
)


class NotSigned(AuthenticationFailed):
    """Says no more, whatever is missing or wrong."""

    default_detail = _("This request is not signed by anyone we know.")
    default_code = "not_signed"


class SignatureAuthentication(BaseAuthentication):
    """Lets in who signs with one of ``COURSE_RUN_SYNC_SECRETS``. They are nobody in particular."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, None]:
        authorization = request.headers.get("Authorization", "")
        if not is_signed(request.body, authorization, joanie_settings.COURSE_RUN_SYNC_SECRETS):
            raise NotSigned
        return AnonymousUser(), None

    def authenticate_header(self, _request: Request) -> str:
        return SCHEME


class SignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = SignatureAuthentication
    name = "signature"

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": (
                f"`{SCHEME} <hexadecimal>`: the HMAC-SHA256 of the body, byte for byte as it is "
                "sent, with a shared secret as the key."
            ),
        }


class CourseRunSyncView(JoanieView):
    """Course runs, as the LMS that teaches them says they are: one, or a list."""

    permission_classes = [AllowAny]
    throttle_classes = []

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [SignatureAuthentication()]

    @describe(
        operation_id="course_runs_sync",
        auth=[{"signature": []}],
        request=ONE_OR_MORE,
        responses={
            200: OpenApiResponse(ONE_OR_MORE, "They were all there, and are as it says now."),
            201: OpenApiResponse(ONE_OR_MORE, "At least one is new."),
            401: OpenApiResponse(ErrorSerializer, "No signature, or a wrong one."),
            **errors(503),
        },
    )
    def post(self, request: Request) -> Response:
        """Take over course runs: all of a list, or none. Sent again, they change nothing.

        A run is found by its resource link, and made when there is none. In a list, messages about
        what is not valid are by the run's place in it, counted from 0.
        """
        sent: Any = request.data
        is_list = isinstance(sent, list)
        reports = _read(sent if is_list else [sent], is_list=is_list)
        try:
            result = synchronize_course_runs(reports)
        except InvalidCourseRuns as error:
            raise _refusal(error.errors, is_list=is_list) from error
        written = CourseRunSyncSerializer(result.course_runs, many=True).data
        return Response(
            written if is_list else written[0],
            status=status.HTTP_201_CREATED if result.is_any_new else status.HTTP_200_OK,
        )


def _read(items: Sequence[Any], *, is_list: bool) -> list[CourseRunReport]:
    if len(items) > MAX_RUNS:
        raise ValidationError(_("Send 1000 course runs at a time at most."))
    serializers = [CourseRunSyncSerializer(data=item) for item in items]
    wrong = {
        place: serializer.errors
        for place, serializer in enumerate(serializers)
        if not serializer.is_valid()
    }
    if wrong:
        raise _refusal(wrong, is_list=is_list)
    return [serializer.report for serializer in serializers]


def _refusal(wrong: Mapping[int, Any], *, is_list: bool) -> ValidationError:
    return ValidationError(
        {str(place): messages for place, messages in wrong.items()} if is_list else wrong[0]
    )
