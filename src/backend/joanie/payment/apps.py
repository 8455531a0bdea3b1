from django.apps import AppConfig


class PaymentConfig(AppConfig):
    name = "joanie.payment"
    label = "joanie_payment"
    verbose_name = "Joanie: payments and documents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from joanie.payment import checks  # noqa: F401, PLC0415 - registers the system checks
