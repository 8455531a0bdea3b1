"""Which state of the catalogue one is looking at.

Triggers change it in the transaction that changes any row of organizations, courses, course runs
and products, or how they belong together: whoever writes, and by whatever means. No two states
ever have the same version. Read it before the rows, or with them: what is then kept under a
version is never older than it.

It is null for whoever is in the middle of writing, and sees what others may never see.
"""

from django.db import connection
from django.db.models import TextField
from django.db.models.expressions import RawSQL

QUERY = (
    "SELECT string_agg(token::text, ' ' ORDER BY slot) FROM joanie_core_catalogueversion"
    " WHERE pg_current_xact_id_if_assigned() IS NULL"
)


def read_catalogue_version() -> str | None:
    """Return the present version. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(QUERY)
        row: tuple[str | None] = cursor.fetchone()
    return row[0]


def catalogue_version() -> RawSQL:
    """Give an expression of it, to read it with other rows."""
    return RawSQL(f"({QUERY})", (), TextField(null=True))  # noqa: S611 - a constant # nosec B611
