"""Joanie sells courses: a Django plugin with orders, payments and pro forma invoices."""

# What a host project splices into its own INSTALLED_APPS.
INSTALLED_APPS = [
    "django.contrib.postgres",
    "django_countries",
    "django_filters",
    "django_fsm",
    "djmoney",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "modeltrans",
    "pgtrigger",
    "procrastinate.contrib.django",
    "rest_framework",
    "joanie.webhooks",
    "joanie.core",
    "joanie.payment",
    "joanie.api",
    "joanie.operations",
]
