from collections.abc import Callable

import pytest
from pytest_django import Settings


@pytest.fixture
def override_mail(settings: Settings) -> Callable[[dict[str, str]], None]:
    """Replace templates of mails, as a host may."""

    def override(sources: dict[str, str]) -> None:
        templates = {f"joanie/mails/{name}": source for name, source in sources.items()}
        loaders = [
            ("django.template.loaders.locmem.Loader", templates),
            "django.template.loaders.app_directories.Loader",
        ]
        settings.TEMPLATES = [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": loaders},
            }
        ]

    return override
