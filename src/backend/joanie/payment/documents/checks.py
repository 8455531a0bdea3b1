"""System checks of the libraries that make PDFs."""

from typing import Any

from django.core import checks


@checks.register(checks.Tags.compatibility)
def check_pdf_libraries(**_: Any) -> list[checks.CheckMessage]:
    try:
        from joanie.payment.documents.pdf_engine import (  # noqa: PLC0415 - what is checked
            can_subset_with_harfbuzz,
        )
    except OSError as error:
        return [
            checks.Error(
                f"Documents cannot be made: {error}",
                hint="Install Pango: on Debian, libpango-1.0-0 and libpangoft2-1.0-0.",
                id="joanie.E101",
            )
        ]
    if not can_subset_with_harfbuzz():
        return [
            checks.Warning(
                "HarfBuzz cannot subset fonts: documents take many times longer to make.",
                hint="Install libharfbuzz-subset: on Debian, libharfbuzz-subset0.",
                id="joanie.W101",
            )
        ]
    return []
