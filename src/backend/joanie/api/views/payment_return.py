"""Where providers send the browser back."""

import uuid
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from joanie.common.public_url import is_allowed_return_url
from joanie.core.enums import GRANTING_ORDER_STATES, OrderState
from joanie.core.models import Order
from joanie.payment.models import Payment
from joanie.payment.services.return_page import refresh_on_return

# Seconds; the page asks again by itself while nobody knows how the payment ends.
REFRESH_AFTER = 5
HEADERS = {
    "Cache-Control": "private, no-store",
    # The address is a secret: whoever has it sees the state of the order.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
    ),
}


class SeeOther(HttpResponseRedirect):
    """Makes a GET of a provider's POST."""

    status_code = HTTPStatus.SEE_OTHER


@csrf_exempt
@transaction.non_atomic_requests
@require_http_methods(["GET", "POST"])
def return_from_provider(request: HttpRequest, attempt_id: uuid.UUID) -> HttpResponse:
    """Send the browser on to the page that the purchase named, or say how it went.

    It goes nowhere but to an allowed page.
    """
    try:
        payment = refresh_on_return(attempt_id=attempt_id)
    except Payment.DoesNotExist as error:
        raise Http404 from error
    # Once more: what was allowed when the purchase began may not be any longer.
    if payment.return_url and is_allowed_return_url(payment.return_url):
        return SeeOther(_add_outcome(payment.return_url, payment.order), headers=HEADERS)
    with translation.override(payment.language):
        return _show_outcome(request, payment)


def _add_outcome(url: str, order: Order) -> str:
    """Add ``order`` and ``state`` to the query, in place of such as it may have."""
    outcome = {"order": str(order.pk), "state": order.state}
    parts = urlsplit(url)
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in outcome
    ]
    return urlunsplit(parts._replace(query=urlencode([*query, *outcome.items()])))


def _show_outcome(request: HttpRequest, payment: Payment) -> HttpResponse:
    state = payment.order.state
    is_pending = state == OrderState.PENDING and payment.is_open
    context = {
        "state": state,
        "is_bought": state in GRANTING_ORDER_STATES,
        "is_pending": is_pending,
        "refresh_after": REFRESH_AFTER if is_pending else None,
    }
    response = render(request, "joanie/return.html", context)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
