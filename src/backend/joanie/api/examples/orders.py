"""Buying, paying, giving up, and what is left on paper."""

from typing import Any

from joanie.api.examples import story
from joanie.api.examples.errors import CHECKOUT_ERRORS
from joanie.api.examples.learners_things import BILLING_ADDRESS, ENROLLMENT
from joanie.api.examples.operation import Exchange, Operation, page_of, reads
from joanie.api.examples.teaching import TARGET_COURSE

ORDER_SUMMARY: dict[str, Any] = {
    "id": story.ORDER_ID,
    "owner": story.USERNAME,
    "course": story.COURSE_CODE,
    "product": story.PRODUCT_ID,
    "organization": story.ORGANIZATION_ID,
    "total": 120.0,
    "total_currency": "EUR",
    "state": "validated",
    "created_on": story.NOW,
    "main_proforma_invoice": story.REFERENCE,
    "proforma_invoices": [
        {
            "reference": story.REFERENCE,
            "total": 120.0,
            "total_currency": "EUR",
            "issued_on": "2026-09-15",
        }
    ],
    "certificate": None,
    "enrollments": [ENROLLMENT],
    "payment": {
        "state": "succeeded",
        "provider": story.PAYMENT_METHOD,
        "failure_code": None,
        "url": None,
    },
}
ORDER: dict[str, Any] = {**ORDER_SUMMARY, "target_courses": [TARGET_COURSE]}
# Enrolments follow in the background.
PAID_IN_ONE_CLICK: dict[str, Any] = {
    **ORDER,
    "enrollments": [],
    "payment_info": {
        "payment_id": f"click_{story.PAYMENT_ID}",
        "provider": story.PAYMENT_METHOD,
        "url": "",
        "is_paid": True,
    },
}
TO_BE_PAID: dict[str, Any] = {
    **ORDER,
    "state": "pending",
    "main_proforma_invoice": None,
    "proforma_invoices": [],
    "enrollments": [],
    "payment": {
        "state": "pending",
        "provider": story.PAYMENT_METHOD,
        "failure_code": None,
        "url": story.PAYMENT_URL,
    },
    "payment_info": {
        "payment_id": f"page_{story.PAYMENT_ID}",
        "provider": story.PAYMENT_METHOD,
        "url": story.PAYMENT_URL,
    },
}
ON_THE_PROVIDERS_PAGE: dict[str, Any] = {
    "billing_address": BILLING_ADDRESS,
    "payment_method": story.PAYMENT_METHOD,
    "save_card": True,
    "return_url": story.RETURN_URL,
}
IN_ONE_CLICK: dict[str, Any] = {
    "billing_address": BILLING_ADDRESS,
    "credit_card_id": story.CREDIT_CARD_ID,
}
OFFER = {
    "course": story.COURSE_CODE,
    "product": story.PRODUCT_ID,
    "organization": story.ORGANIZATION_ID,
}
INCOMPLETE_ADDRESS = {400: {"billing_address": {"postcode": ["This field cannot be blank."]}}}

OPERATIONS: dict[str, Operation] = {
    "orders_list": reads(
        page_of(ORDER),
        parameters={
            "course": story.COURSE_CODE,
            "product": story.PRODUCT_ID,
            "state": "validated",
        },
        errors={400: {"product": ["Must be a valid UUID."]}},
    ),
    "orders_create": Operation(
        {
            "on_the_providers_page": Exchange(
                TO_BE_PAID, 201, request={**OFFER, **ON_THE_PROVIDERS_PAGE}
            ),
            "in_one_click": Exchange(PAID_IN_ONE_CLICK, 201, request={**OFFER, **IN_ONE_CLICK}),
        },
        errors={**CHECKOUT_ERRORS, **INCOMPLETE_ADDRESS, 409: "order_already_bought"},
    ),
    "orders_retrieve": reads(ORDER, parameters={"id": story.ORDER_ID}),
    "orders_payments_create": Operation(
        {
            "on_the_providers_page": Exchange(TO_BE_PAID, 201, request=ON_THE_PROVIDERS_PAGE),
            "in_one_click": Exchange(PAID_IN_ONE_CLICK, 201, request=IN_ONE_CLICK),
        },
        parameters={"id": story.ORDER_ID},
        errors={**CHECKOUT_ERRORS, **INCOMPLETE_ADDRESS, 409: "order_not_payable"},
    ),
    "orders_abort_create": Operation(
        {
            "whatever_its_payment": Exchange(None, 204, request={}),
            "naming_its_payment": Exchange(
                None, 204, request={"payment_id": f"page_{story.PAYMENT_ID}"}
            ),
        },
        parameters={"id": story.ORDER_ID},
        errors={
            400: {"payment_id": ["Not a valid string."]},
            409: "order_not_abortable",
            422: "idempotency_key_reused",
        },
    ),
    "orders_proforma_invoice_retrieve": reads(
        "%PDF-1.7\n",
        parameters={"id": story.ORDER_ID, "reference": story.REFERENCE},
        errors={400: {"reference": ["This field is required."]}},
    ),
}
