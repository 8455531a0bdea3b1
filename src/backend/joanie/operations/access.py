"""Who may read the metrics."""

from django.utils.crypto import constant_time_compare

from joanie.conf import joanie_settings


def is_metrics_token(authorization: str) -> bool:
    """Compare a header with the one that lets in, in constant time."""
    return constant_time_compare(authorization, f"Bearer {joanie_settings.METRICS_TOKEN}")
