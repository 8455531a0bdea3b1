"""“Replace parts”, in a shop that has all of them."""

import copy
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.test import Client
from pytest_django import Settings
from tests.api.api_client import Api, make_token
from tests.core.purchases import buy, move
from tests.docs.pages import first_cells, read_blocks, read_page

from joanie.api.shown import KINDS
from joanie.core.factories import CourseRunFactory, ProductFactory, UserFactory
from joanie.core.models import Enrollment
from joanie.core.tasks import update_access
from joanie.payment.factories import PaymentFactory
from joanie.payment.ledger.booking import book_payment
from joanie.payment.models import ProformaInvoice

PAGE = "how-to/replace-parts.md"
RETURN = Path(__file__).parents[2] / "src/backend/joanie/api/templates/joanie/return.html"
KEY = "a key of at least thirty-two bytes"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _campus(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write the application of the page, and its settings."""
    joanie = {**settings.JOANIE, "JWT_SIGNING_KEY": KEY}
    for block in read_blocks(PAGE):
        if block.title == "settings.py":
            exec(block.code, {"JOANIE": joanie})
            continue
        file = tmp_path / block.title
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.code)
    settings.JOANIE = joanie
    settings.TEMPLATES = copy.deepcopy(settings.TEMPLATES)
    settings.TEMPLATES[0]["DIRS"] = [tmp_path]
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [each for each in sys.modules if each.split(".")[0] == "campus"]:
        del sys.modules[name]


def learner(**claims: Any) -> Api:
    return Api(token=make_token(None, key=KEY, **{"sub": "42", "campus": "north", **claims}))


def test_the_settings_are_good() -> None:
    assert [each for each in run_checks() if (each.id or "").startswith("joanie.E")] == []


def test_a_product_is_shown_as_the_page_says() -> None:
    product = ProductFactory()
    seller = product.organizations.get()
    shown = Api().read(f"/products/{product.pk}/")
    assert shown["sold_by"] == seller.title
    assert shown["organizations"][0]["city"] == seller.city
    assert "certificate" not in shown


def test_only_confirmed_learners_buy() -> None:
    product = ProductFactory()
    assert learner().order(product).json()["code"] == "not_confirmed"
    get_user_model().objects.update(email="grace@campus.example")
    assert learner().order(product).status_code != 403


def test_a_learner_is_who_the_page_says() -> None:
    assert learner(given_name="Grace").read("/orders/")["results"] == []
    user = get_user_model().objects.get()
    assert (user.username, user.first_name, user.groups.get().name) == (
        "north-42",
        "Grace",
        "north",
    )
    assert learner(campus="south").get("/orders/").json()["code"] == "wrong_campus"


def test_a_purchase_gives_the_library_too() -> None:
    order = buy(CourseRunFactory().course, owner=UserFactory())
    update_access(str(order.pk))
    assert order.owner.groups.get().name == "library"
    assert Enrollment.objects.get().is_active
    move(order, "refunded")
    update_access(str(order.pk))
    assert not order.owner.groups.exists()
    assert not Enrollment.objects.get().is_active


def test_documents_are_numbered_as_the_page_says() -> None:
    order = PaymentFactory(provider_reference="pay_1").order
    paid = {"reference": "pay_1", "amount": order.total.amount, "backend": "dummy"}
    book_payment(order_id=order.pk, **paid)
    seller = re.escape(order.organization.code)
    assert re.fullmatch(rf"F\d{{4}}-{seller}-00001", ProformaInvoice.objects.get().reference)


def test_the_page_after_paying_is_the_campus_s() -> None:
    payment = PaymentFactory(state="succeeded")
    move(payment.order, "validated")
    page = Client().get(f"/api/v1.0/payments/{payment.pk}/return/")
    assert "Welcome to the campus!" in page.content.decode()
    assert 'alt="The campus"' in page.content.decode()
    assert "img-src 'self'" in page.headers["Content-Security-Policy"]


def test_all_that_can_be_replaced_is_on_the_page() -> None:
    cells = first_cells(read_page(PAGE))
    blocks = re.findall(r"{% block (\w+) %}", RETURN.read_text())
    assert set(KINDS) | set(blocks) <= set(cells)
    for name, kind in KINDS.items():
        found = kind.serializer
        path = f"{found.__module__.removeprefix('joanie.api.serializers.')}.{found.__name__}"
        assert f"| `{name}` | `{path}` |" in read_page(PAGE)
