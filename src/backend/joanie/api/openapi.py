"""How the API's description is written. Imports nothing, so that settings can use it."""

from typing import Any

OPENAPI_SETTINGS: dict[str, Any] = {
    "TITLE": "Joanie",
    "DESCRIPTION": "Sell courses: catalogue, orders, payments, pro forma invoices.",
    "VERSION": "1.0",
    "OAS_VERSION": "3.1.0",
    "PREPROCESSING_HOOKS": ["joanie.api.schema.keep_own_endpoints"],
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
