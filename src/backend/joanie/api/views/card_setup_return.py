"""Where a provider sends the browser back once a card was saved, or was not."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from joanie.api.languages import find_accepted_language
from joanie.api.views.payment_return import HEADERS


@csrf_exempt
@require_http_methods(["GET", "POST"])
def return_from_card_setup(request: HttpRequest) -> HttpResponse:
    """Say that it is over, where the set-up named no page of the front end.

    Reads nothing of what the browser brings: only the provider's notification saves a card.
    """
    with translation.override(find_accepted_language(request) or settings.LANGUAGE_CODE):
        response = render(request, "joanie/card_setup_return.html")
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
