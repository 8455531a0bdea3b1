from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from joanie.common.public_url import is_allowed_return_url


class ReturnUrlField(serializers.CharField):
    """Where the browser goes afterwards: nowhere but to one of ``ALLOWED_RETURN_URLS``."""

    def __init__(self, **options: Any) -> None:
        defaults = {"required": False, "allow_blank": True, "max_length": 2000}
        super().__init__(**{**defaults, "help_text": "One of the allowed pages.", **options})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        url = super().run_validation(data)
        if url and not is_allowed_return_url(url):
            raise serializers.ValidationError(_("This address is not one of the allowed pages."))
        return url
