from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "joanie.api"
    label = "joanie_api"

    def ready(self) -> None:
        from joanie.api import checks  # noqa: F401, PLC0415 - registers the system checks
