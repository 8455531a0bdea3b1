"""Who may do what, everywhere: every route and every method, against one of everything."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from pytest_django import Settings
from tests.api.api_client import ADDRESS
from tests.security import access_tables as tables
from tests.security.routes import admin_routes, api_routes
from tests.security.world import (
    SETTINGS,
    World,
    learner,
    logged_in,
    staff_with,
    staff_without,
    undone,
)

from joanie.core.admin.catalogue import CatalogueAdmin
from joanie.core.factories import UserFactory

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
# What an order's list of course runs asks for.
SEARCH = {
    "app_label": "joanie_core",
    "model_name": "producttargetcourserelation",
    "field_name": "course_runs",
}
OUR_APPS = ("joanie_core", "joanie_payment")


@pytest.fixture
def world(db: None, settings: Settings) -> World:
    settings.JOANIE = {
        **settings.JOANIE,
        **SETTINGS,
        "JWT_SIGNING_KEY": "a key of at least thirty-two bytes",
    }
    return World()


def test_every_route_of_the_api_has_its_rows() -> None:
    assert {route for _, route, *_ in tables.rows(tables.API)} == api_routes()


def test_every_page_of_the_admin_has_its_rows(admin_rows: list[Any]) -> None:
    told = {route for _, route, *_ in admin_rows}
    redirects = {f"{model}/{{object_id}}/" for model in _models()}
    assert told | redirects == admin_routes()


def test_the_api_lets_everybody_do_what_is_theirs(world: World) -> None:
    clients = [
        Client(),
        learner(world.owner),
        learner(UserFactory(username="alan")),
        logged_in(UserFactory(is_staff=True, is_superuser=True)),
    ]
    wrong = []
    for method, route, expected, _ in tables.rows(tables.API):
        answers = []
        for client in clients:
            with undone() as written:
                answers.append(send(client, method, world, route))
            if written and (answers[-1] >= 400 or method == "GET"):
                wrong.append(f"{method} {route} answered {answers[-1]}, and did {written}")
        if answers != expected:
            wrong.append(f"{method} {route}: {answers}, not {expected}")
    assert not wrong, "\n".join(wrong)


def test_a_method_of_the_api_that_has_no_row_is_not_allowed(world: World) -> None:
    client, told = learner(world.owner), {tuple(row[:2]) for row in tables.rows(tables.API)}
    missing = {(method, route) for route in api_routes() for method in METHODS} - told
    answers = {row: send(client, row[0], world, row[1]) for row in sorted(missing)}
    assert {row: status for row, status in answers.items() if status not in {405, 401}} == {}


def test_another_learner_finds_nothing_of_the_owner_in_any_list(world: World) -> None:
    client = learner(UserFactory(username="alan"))
    theirs = [str(row.pk) for row in world.rows.values() if hasattr(row, "owner_id")]
    for route in sorted(route for route in api_routes() if "{" not in route):
        told = client.get(f"/api/v1.0/{route}").content.decode()
        assert not [pk for pk in theirs if pk in told], route


def test_the_admin_lets_staff_do_what_they_are_permitted_to(
    world: World, admin_rows: list[Any]
) -> None:
    outsiders = [Client(), logged_in(world.owner), logged_in(UserFactory(username="alan"))]
    with_permissions, without_permission = cache(staff_with), cache(staff_without)
    wrong = []
    for method, route, (nobody, learners, without, with_), permissions in admin_rows:
        *first, last = [permission.split("|") for permission in permissions]
        named = with_permissions(*(each[-1] for each in [*first, last]))
        clients, answers = [*outsiders, without_permission(*last), named], []
        for client in clients:
            with undone() as written:
                answers.append(visit(client, method, world, route))
            if written and (client is not named or answers[-1] == 403 or method == "GET"):
                wrong.append(f"{method} {route} answered {answers[-1]}, and did {written}")
        if answers != [nobody, learners, learners, without, with_]:
            wrong.append(f"{method} {route}: {answers}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_in_the_admin_other_methods_write_nothing(
    world: World, admin_rows: list[Any], method: str
) -> None:
    client = logged_in(UserFactory(is_staff=True, is_superuser=True))
    with undone() as written:
        for route in sorted({route for _, route, *_ in admin_rows if "/change/" in route}):
            visit(client, method, world, route)
    assert not written


@pytest.fixture
def admin_rows() -> list[Any]:
    """Give the rows of each model's pages, and of the buttons."""
    rows = list(tables.rows(tables.BUTTONS))
    for model, page in _models().items():
        is_catalogue = isinstance(page, CatalogueAdmin)
        table = tables.CATALOGUE if is_catalogue else tables.READ_ONLY
        name = model.split("/")[1]
        rows += [
            (method, route.format(model=model, object_id="{object_id}"), answers, named)
            for method, route, answers, codenames in tables.rows(table)
            for named in [[_name(codename, name) for codename in codenames]]
        ]
    return rows


def _name(codenames: str, model: str) -> str:
    return "|".join(f"{codename}_{model}" for codename in codenames.split("|"))


def _models() -> Mapping[str, Any]:
    registered = admin.site._registry
    ours = {model for label in OUR_APPS for model in apps.get_app_config(label).get_models()}
    return {
        model._meta.label_lower.replace(".", "/"): page
        for model, page in registered.items()
        if model in ours
    }


def send(client: Client, method: str, world: World, route: str) -> int:
    """Ask for what is the owner's; what is sent would be accepted from the owner."""
    body = json.dumps(dict(_bodies(world)).get((method, route), {}))
    path = f"/api/v1.0/{_fill(world, method, route)}"
    answer = client.generic(method, path, body, content_type="application/json")
    return answer.status_code


def _fill(world: World, method: str, route: str) -> str:
    row = world.row
    ids = {
        "addresses": row("joanie_core.address").pk,
        "course-runs": row("joanie_core.courserun").pk,
        "credit-cards": row("joanie_payment.creditcard").pk,
        "enrollments": row("joanie_core.enrollment").pk,
        "orders": row("joanie_core.order").pk,
        "organizations": row("joanie_core.organization").pk,
        "products": row("joanie_core.product").pk,
    }
    if route in {"orders/{id}/abort/", "orders/{id}/payments/"}:
        ids["orders"] = world.failed.order_id
    filled = route.format(
        id=ids.get(route.split("/", maxsplit=1)[0]),
        code=row("joanie_core.course").code,
        name="vault",
        alias="vault",
        attempt_id=world.pending.pk,
    )
    if "proforma_invoice" in route:
        filled += f"?reference={row('joanie_payment.proformainvoice').reference}"
    return filled


def _bodies(world: World) -> Iterator[tuple[tuple[str, str], Any]]:
    address = ADDRESS | {"title": "Home"}
    run = world.row("joanie_core.courserun").resource_link
    yield ("POST", "addresses/"), address
    yield ("PUT", "addresses/{id}/"), address
    yield ("PUT", "credit-cards/{id}/"), {"title": "Mine", "is_main": True}
    yield ("POST", "enrollments/"), {"course_run": run, "is_active": True}
    yield ("PUT", "enrollments/{id}/"), {"course_run": run, "is_active": False}
    yield ("PATCH", "enrollments/{id}/"), {"is_active": False}
    paid = {"billing_address": ADDRESS}
    course = world.offer.courses.get().code
    yield ("POST", "orders/"), {"course": course, "product": str(world.offer.pk), **paid}
    yield ("POST", "orders/{id}/payments/"), paid


def visit(client: Client, method: str, world: World, route: str) -> int:
    """Open a page of the admin, or send its form, filled in as far as its button needs it."""
    model = "/".join(route.split("/")[:2])
    row: Any = world.rows.get(model.replace("/", "."))
    payment = world.row("joanie_payment.payment")
    form = {"post": "yes", "reason": "Asked for"}
    if route.endswith("refund/"):
        form |= {"payment": str(payment.pk), "amount": "2", "refund_id": str(world.refund_id)}
    if route.endswith("cancel/"):
        row = world.failed.order
    path = f"/admin/{route.format(object_id=row.pk if row else '')}"
    if route.endswith("search/"):
        form = dict(SEARCH)
    data: Any = form if method == "POST" or route.endswith("search/") else {}
    return getattr(client, method.lower())(path, data).status_code
