"""Loads what every process of the shop needs, once, in the process they are all forked from."""

import django

django.setup()

import tests.crashes.mortal  # noqa: E402, F401
from django.urls import get_resolver  # noqa: E402

import joanie.payment.documents.pdf_engine  # noqa: E402, F401 - takes long to load

_ = get_resolver().url_patterns
