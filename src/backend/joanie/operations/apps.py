from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "joanie.operations"
    label = "joanie_operations"

    def ready(self) -> None:
        # They register themselves.
        from joanie.operations import checks, secret_checks  # noqa: F401, PLC0415
