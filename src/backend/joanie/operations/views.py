"""Probes and metrics. Nothing they say helps a stranger."""

from collections.abc import Sequence
from http import HTTPStatus

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from joanie.conf import joanie_settings
from joanie.operations import health
from joanie.operations.access import is_metrics_token
from joanie.operations.exposition import CONTENT_TYPE, write_site_metrics
from joanie.operations.timed_checks import TimedCheck


@never_cache
@require_safe
@transaction.non_atomic_requests
def live(_request: HttpRequest) -> HttpResponse:
    """Say that this process answers; look at nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
@transaction.non_atomic_requests
def ready(_request: HttpRequest) -> HttpResponse:
    """Say whether this server can sell: 503, and which check failed, when it cannot."""
    return _tell(health.NEEDED_TO_SELL)


@never_cache
@require_safe
@transaction.non_atomic_requests
def everything(_request: HttpRequest) -> HttpResponse:
    """Say whether the whole site is well: documents can be kept, and the queue is not late."""
    return _tell(health.EVERYTHING)


@never_cache
@require_safe
@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    """Give all numbers to who has the token; without a token there is no such page."""
    token = joanie_settings.METRICS_TOKEN
    if not token and not settings.DEBUG:
        raise Http404
    if token and not is_metrics_token(request.headers.get("Authorization", "")):
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(write_site_metrics(), content_type=CONTENT_TYPE)


def _tell(checks: Sequence[TimedCheck]) -> JsonResponse:
    findings = {check.name: check() for check in checks}
    is_well = all(finding.is_well for finding in findings.values())
    answer = {
        "status": "ok" if is_well else "failing",
        "checks": {
            name: {"status": "ok" if finding.is_well else "failing", **finding.numbers}
            for name, finding in findings.items()
        },
    }
    status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(answer, status=status)
