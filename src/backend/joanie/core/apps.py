from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "joanie.core"
    label = "joanie_core"
    verbose_name = "Joanie: catalogue and orders"
    default_auto_field = "django.db.models.BigAutoField"
