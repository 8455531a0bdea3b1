"""Taking over a whole catalogue from a file: everything that is in it, or nothing.

Rows are known by what tells one from another (a code, a resource link, a product's name), so the
same file again changes nothing. Nothing is ever deleted. ``docs/reference/catalogue-file.md``
describes the file.
"""

from joanie.core.services.catalogue_import.importing import (
    CatalogueChangedMeanwhile,
    FileFormat,
    Imported,
    Outcome,
    import_catalogue,
)
from joanie.core.services.catalogue_import.records import CatalogueFileRefused, Kind

__all__ = [
    "CatalogueChangedMeanwhile",
    "CatalogueFileRefused",
    "FileFormat",
    "Imported",
    "Kind",
    "Outcome",
    "import_catalogue",
]
