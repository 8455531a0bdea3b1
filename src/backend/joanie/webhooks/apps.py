from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "joanie.webhooks"
    label = "joanie_webhooks"
    verbose_name = "Joanie: webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from joanie.webhooks import checks  # noqa: F401, PLC0415 - registers the system checks
