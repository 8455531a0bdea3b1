from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "joanie.core"
    label = "joanie_core"
    verbose_name = "Joanie: catalogue and orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # They register the system checks.
        from joanie.core import (  # noqa: PLC0415
            checks,  # noqa: F401
            fulfilment_checks,  # noqa: F401
            host_checks,  # noqa: F401
            lms_checks,  # noqa: F401
            settings_checks,  # noqa: F401
        )
