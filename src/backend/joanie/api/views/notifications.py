"""Where payment providers tell us what happened."""

from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from joanie.api.exception_handler import describe_error
from joanie.api.throttling import count_by_address
from joanie.common.exceptions import JoanieError
from joanie.conf import joanie_settings
from joanie.payment.exceptions import ParseNotificationFailed
from joanie.payment.services.intake import Receipt, receive_notification


@csrf_exempt
@transaction.non_atomic_requests
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, alias: str | None = None) -> HttpResponse:
    """Take in a notification for ``alias``, the default payment backend when there is none.

    200 when it was understood, 202 when it is kept for later: either way it is not lost.
    """
    try:
        receipt = receive_notification(alias or joanie_settings.DEFAULT_PAYMENT_BACKEND, request)
    except ParseNotificationFailed as error:
        return _refuse(request, error)
    except JoanieError as error:
        answer = describe_error(error)
        return JsonResponse(answer.body, status=answer.status, headers=answer.headers)
    if isinstance(receipt, HttpResponse):
        return receipt
    status = HTTPStatus.ACCEPTED if receipt is Receipt.KEPT else HTTPStatus.OK
    return JsonResponse({"status": receipt.value}, status=status)


def _refuse(request: HttpRequest, error: ParseNotificationFailed) -> JsonResponse:
    """Answer what no provider sent; 429 to an address that keeps sending it.

    Only what was refused is counted, and refused it is all the same: a provider is never told to
    wait for its genuine notifications, whoever shares its address.
    """
    seconds = count_by_address(request)
    if seconds is None:
        answer = describe_error(error)
        return JsonResponse(answer.body, status=answer.status, headers=answer.headers)
    body = {"detail": gettext("Too many requests."), "code": "throttled"}
    headers = {"Retry-After": str(seconds)}
    return JsonResponse(body, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers)
