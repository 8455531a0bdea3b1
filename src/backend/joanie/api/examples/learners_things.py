"""What a learner keeps: addresses, cards, places in course runs."""

from typing import Any

from joanie.api.examples import story
from joanie.api.examples.errors import PROVIDER_ERRORS
from joanie.api.examples.operation import Exchange, Operation, page_of, reads
from joanie.api.examples.teaching import COURSE_RUN

BILLING_ADDRESS = {
    "first_name": "First",
    "last_name": "Last",
    "address": "10 rue de la Paix",
    "postcode": "75002",
    "city": "Paris",
    "country": "FR",
}
NEW_ADDRESS: dict[str, Any] = {"title": "Home", **BILLING_ADDRESS, "is_main": True}
ADDRESS: dict[str, Any] = {"id": story.ADDRESS_ID, **NEW_ADDRESS}
CREDIT_CARD: dict[str, Any] = {
    "id": story.CREDIT_CARD_ID,
    "title": "My card",
    "brand": "Visa",
    "last_numbers": "4242",
    "expiration_month": 12,
    "expiration_year": 2029,
    "is_main": True,
    "state": "active",
}
ENROLLMENT: dict[str, Any] = {
    "id": story.ENROLLMENT_ID,
    "course_run": COURSE_RUN,
    "is_active": True,
    "state": "set",
    "created_on": story.NOW,
}
AT_ADDRESS = {"id": story.ADDRESS_ID}
AT_CARD = {"id": story.CREDIT_CARD_ID}
AT_ENROLLMENT = {"id": story.ENROLLMENT_ID}
NO_COUNTRY = {400: {"country": ["This field is required."]}}
NOT_A_COUNTRY = {400: {"country": ['"France" is not a valid choice.']}}
MAIN_CARD_NEEDED = {400: {"is_main": ["Make another card the main one instead."]}}


def _changes(request: Any, answer: Any, **options: Any) -> Operation:
    return Operation({"changed": Exchange(answer, request=request)}, **options)


def _deletes(parameters: Any) -> Operation:
    return Operation({"deleted": Exchange(None, 204)}, parameters=parameters)


_ADDRESSES: dict[str, Operation] = {
    "addresses_list": reads([ADDRESS]),
    "addresses_create": Operation(
        {"created": Exchange(ADDRESS, 201, request=NEW_ADDRESS)},
        errors={**NO_COUNTRY, 409: "too_many_addresses"},
    ),
    "addresses_retrieve": reads(ADDRESS, parameters=AT_ADDRESS),
    "addresses_update": _changes(NEW_ADDRESS, ADDRESS, parameters=AT_ADDRESS, errors=NO_COUNTRY),
    "addresses_partial_update": _changes(
        {"title": "Work"},
        {**ADDRESS, "title": "Work"},
        parameters=AT_ADDRESS,
        errors=NOT_A_COUNTRY,
    ),
    "addresses_destroy": _deletes(AT_ADDRESS),
}
_CREDIT_CARDS: dict[str, Operation] = {
    "credit_cards_list": reads([CREDIT_CARD]),
    "credit_cards_retrieve": reads(CREDIT_CARD, parameters=AT_CARD),
    "credit_cards_update": _changes(
        {"title": "Shared card", "is_main": True},
        {**CREDIT_CARD, "title": "Shared card"},
        parameters=AT_CARD,
        errors=MAIN_CARD_NEEDED,
    ),
    "credit_cards_partial_update": _changes(
        {"title": "Shared card"},
        {**CREDIT_CARD, "title": "Shared card"},
        parameters=AT_CARD,
        errors=MAIN_CARD_NEEDED,
    ),
    "credit_cards_destroy": _deletes(AT_CARD),
    "credit_cards_setup_create": _changes(
        {"payment_method": story.PAYMENT_METHOD, "return_url": story.RETURN_URL},
        {"url": "https://pay.acme.example/save/seti_4KQ7"},
        errors={
            **PROVIDER_ERRORS,
            400: {"payment_method": ["This payment method is not offered."]},
        },
    ),
    "payment_methods_client_token_create": Operation(
        {"made": Exchange({"client_token": "eyJ2ZXJzaW9uIjoyfQ"})},  # nosec B105 # an example
        parameters={"name": story.PAYMENT_METHOD},
        errors={
            404: "unknown_payment_method",
            409: "client_token_not_needed",
            503: "unavailable",
        },
    ),
}
_ENROLLMENTS: dict[str, Operation] = {
    "enrollments_list": reads(
        page_of(ENROLLMENT),
        parameters={"course_run": story.RESOURCE_LINK, "is_active": True},
        errors={400: {"is_active": ["Must be a valid boolean."]}},
    ),
    "enrollments_create": Operation(
        {
            "entered": Exchange(ENROLLMENT, 201, request={"course_run": story.RESOURCE_LINK}),
            "already_there": Exchange(
                ENROLLMENT, request={"course_run": story.RESOURCE_LINK, "is_active": True}
            ),
        },
        errors={
            400: {"course_run": ["There is no such course run."]},
            409: "idempotency_key_in_use",
            422: "idempotency_key_reused",
        },
    ),
    "enrollments_retrieve": reads(ENROLLMENT, parameters=AT_ENROLLMENT),
    "enrollments_update": _changes(
        {"course_run": story.RESOURCE_LINK, "is_active": False},
        {**ENROLLMENT, "is_active": False},
        parameters=AT_ENROLLMENT,
        errors={400: {"is_active": ["This field is required."]}},
    ),
    "enrollments_partial_update": _changes(
        {"is_active": False},
        {**ENROLLMENT, "is_active": False},
        parameters=AT_ENROLLMENT,
        errors={400: {"is_active": ["Must be a valid boolean."]}},
    ),
}
OPERATIONS: dict[str, Operation] = _ADDRESSES | _CREDIT_CARDS | _ENROLLMENTS
