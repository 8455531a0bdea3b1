"""Views that do next to nothing: what any view costs here, whatever it answers."""

from django.http import HttpRequest, JsonResponse
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from joanie.api.authentication import JWTAuthentication

DRF_VIEW = "/bench/drf-view/"
NO_MIDDLEWARE = "/bench/no-middleware/"
ANSWER = {"status": "ok"}


class DrfView(APIView):
    """REST framework inside the sandbox's middleware, for a learner who shows a token."""

    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]
    renderer_classes = [JSONRenderer]
    throttle_classes = []

    def get(self, _request: Request) -> Response:
        return Response(ANSWER)


def no_middleware(_request: HttpRequest) -> JsonResponse:
    """Django alone: see ``benchmarks.wsgi``."""
    return JsonResponse(ANSWER)
