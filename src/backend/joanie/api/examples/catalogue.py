"""What the learner sees before and after buying."""

from typing import Any

from joanie.api.examples import story
from joanie.api.examples.operation import Operation, page_of, reads
from joanie.api.examples.orders import ORDER_SUMMARY
from joanie.api.examples.teaching import (
    COURSE_RUN,
    COURSE_RUN_STATE,
    ORGANIZATION,
    TARGET_COURSE,
)

PRODUCT: dict[str, Any] = {
    "id": story.PRODUCT_ID,
    "title": "Certificate of achievement",
    "description": "Shows what you learned.",
    "type": "credential",
    "price": 120.0,
    "price_currency": "EUR",
    "call_to_action": "Buy",
    "certificate": None,
    "max_orders": 30,
    "seats_left": 29,
    "organizations": [ORGANIZATION],
    "target_courses": [TARGET_COURSE],
    "orders": [ORDER_SUMMARY],
}
COURSE: dict[str, Any] = {
    "code": story.COURSE_CODE,
    "title": "Introduction to mathematics",
    "state": COURSE_RUN_STATE,
    "organizations": [ORGANIZATION],
    "products": [PRODUCT],
    "orders": [ORDER_SUMMARY],
}
PAYMENT_METHOD = {
    "name": story.PAYMENT_METHOD,
    "label": "Bank card",
    "flow": "redirect",
    "supports_one_click": True,
    "public": {"publishable_key": "pk_5Yw0v3"},
}
NO_ORGANIZATION = {400: {"organization": ["There is no such organization."]}}

OPERATIONS: dict[str, Operation] = {
    "organizations_list": reads(
        page_of(ORGANIZATION),
        parameters={"query": "university"},
        errors={400: {"query": ["Ensure this value has at most 100 characters (it has 101)."]}},
    ),
    "organizations_retrieve": reads(ORGANIZATION, parameters={"id": story.ORGANIZATION_ID}),
    "courses_list": reads(
        page_of(COURSE),
        parameters={
            "query": "mathematics",
            "organization": "UNIVERSITY",
            "state": [0, 1],
            "is_open": True,
        },
        errors=NO_ORGANIZATION,
    ),
    "courses_retrieve": reads(COURSE, parameters={"code": story.COURSE_CODE}),
    "course_runs_list": reads(
        page_of(COURSE_RUN),
        parameters={
            "query": "autumn",
            "course": story.COURSE_CODE,
            "organization": "UNIVERSITY",
            "state": [0, 1],
            "is_open": True,
        },
        errors=NO_ORGANIZATION,
    ),
    "course_runs_retrieve": reads(COURSE_RUN, parameters={"id": story.COURSE_RUN_ID}),
    "products_list": reads(
        page_of(PRODUCT),
        parameters={
            "query": "certificate",
            "type": "credential",
            "course": story.COURSE_CODE,
            "organization": "UNIVERSITY",
            "currency": "EUR",
            "price_min": 100,
            "price_max": 150,
        },
        errors={400: {"currency": ["Say the currency of the price too."]}},
    ),
    "products_retrieve": reads(
        PRODUCT, parameters={"id": story.PRODUCT_ID, "course": story.COURSE_CODE}
    ),
    "payment_methods_list": reads(
        page_of(PAYMENT_METHOD),
        parameters={"product": story.PRODUCT_ID},
        errors={400: {"product": ["There is no such product."]}},
    ),
}
