"""How values of payments are written on admin pages."""

from typing import Any

from django.db.models import Model
from django.utils.html import format_html

from joanie.payment.reads.display import address_of

MASK = "•••"


def link_to(row: Model | None, text: object = None) -> str:
    if row is None:
        return "-"
    return format_html('<a href="{}">{}</a>', address_of(row), text or row)


def mask(secret: str) -> str:
    """Leave enough to compare it with what a provider's dashboard shows."""
    return f"{MASK}{secret[-4:]}" if len(secret) > 8 else MASK  # half at most


def preformatted(text: Any) -> str:
    return format_html('<pre class="joanie-pre">{}</pre>', text)
