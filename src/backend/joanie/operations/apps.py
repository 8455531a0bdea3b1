from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "joanie.operations"
    label = "joanie_operations"

    def ready(self) -> None:
        from joanie.operations import checks  # noqa: F401, PLC0415 - registers the system checks
