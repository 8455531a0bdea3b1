"""The one story that all examples of the API tell: who buys what, and when.

A learner buys a certificate on a course, is enrolled in its only run, and keeps a card for the
next time. The tests play it in a shop with these very rows.
"""

NOW = "2026-09-15T08:00:00Z"

ORGANIZATION_ID = "5f8e1c9a-2f0b-4b7e-9a53-7d1f3f6c2a10"
COURSE_CODE = "MATH-101"
COURSE_RUN_ID = "0b6a2d54-8c1e-4f3d-b1a7-2e9c5d7f4e21"
RESOURCE_LINK = "https://lms.example.org/courses/course-v1:university+MATH-101+autumn/course/"
PRODUCT_ID = "c3d7f5b2-6a49-4e08-8f16-90b2e4a1d832"

USERNAME = "learner-1"
ADDRESS_ID = "9e4b7a61-3d2c-4f5a-a8e0-6c1b9d3f5743"
CREDIT_CARD_ID = "71c0e8d9-5b3f-4a26-9d84-f2a6c7b1e954"
ORDER_ID = "2a9f6e3c-7d51-4c80-b6e2-8f4d0a3b1c65"
PAYMENT_ID = "d84c1b7e-0f96-4a35-8e2b-5c7a9f1d3e76"
ENROLLMENT_ID = "46e2d9f0-1a8b-4c73-9f5e-b3d7c0a6f887"
REFERENCE = "PF-UNIVERSITY-2026-000001"

# An account at a payment provider, under the name that the settings give it.
PAYMENT_METHOD = "acme"
PAYMENT_URL = f"https://pay.acme.example/page_{PAYMENT_ID}"
RETURN_URL = "https://shop.example.org/orders/"
