from django.apps import AppConfig


class EmulatorsConfig(AppConfig):
    name = "joanie.emulators"
    label = "joanie_emulators"
    verbose_name = "Joanie emulators"
