"""The people who use the admin, and short ways to do what they do there."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from joanie.core.factories import UserFactory

Make = Callable[..., Client]


def log_in(**flags: Any) -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, **flags))
    return client


@pytest.fixture
def boss(db: None) -> Client:
    """Give somebody who may do everything."""
    return log_in(is_superuser=True, username="boss")


@pytest.fixture
def clerk(db: None) -> Make:
    """Give a maker of people with the named permissions: ``clerk("view_order")``."""

    def make(*codenames: str) -> Client:
        user = UserFactory(is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return make


def page_of(row: Model, button: str = "change") -> str:
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{button}", args=[row.pk])


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def read(client: Client, address: str, **query: Any) -> str:
    response = client.get(address, query)
    assert response.status_code == 200, response
    return response.content.decode()


def press(client: Client, row: Model, button: str, **fields: Any) -> str:
    """Send the form of a button, and give the page that comes then."""
    response = client.post(page_of(row, button), fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def hidden_value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return found[1]
