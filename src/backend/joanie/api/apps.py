from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "joanie.api"
    label = "joanie_api"

    def ready(self) -> None:
        # They register the system checks.
        from joanie.api import checks, parts_checks  # noqa: F401, PLC0415
