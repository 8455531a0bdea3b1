from pathlib import Path

from django.conf import settings


def bench_directory() -> Path:
    """Where logs and documents of a run are: under ``data``, for the time being."""
    return Path(settings.MEDIA_ROOT).parent
