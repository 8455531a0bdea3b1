"""The headers that web pages of another origin need. Imports nothing, so that settings can use it.

Cross-origin requests are the host's to allow: with django-cors-headers these lists are for
``CORS_ALLOW_HEADERS`` and ``CORS_EXPOSE_HEADERS``.
"""

ALLOWED_HEADERS = (
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-none-match",
)
EXPOSED_HEADERS = (
    "Content-Disposition",
    "Content-Language",
    "ETag",
    "Idempotency-Replayed",
    "Retry-After",
    "WWW-Authenticate",
)
