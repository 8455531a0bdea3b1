from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "joanie.api"
    label = "joanie_api"
