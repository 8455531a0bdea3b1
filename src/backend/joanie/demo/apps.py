from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "joanie.demo"
    label = "joanie_demo"
