"""A host that deletes a user: who left no trace goes, who bought stays and can be erased."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import RestrictedError
from django.test import Client
from tests.admin.staff import boss, page_of, read
from tests.docs.pages import read_blocks

from joanie.core.factories import (
    AddressFactory,
    EnrollmentFactory,
    OrderFactory,
    UserFactory,
)
from joanie.core.models import Address, Order
from joanie.payment.factories import CreditCardFactory

__all__ = ["boss"]
pytestmark = pytest.mark.django_db
HOW_TO = "how-to/plug-joanie-into-a-project.md"
KEPT = [OrderFactory, EnrollmentFactory, CreditCardFactory]


def test_a_user_without_history_goes_with_their_addresses() -> None:
    owner = AddressFactory().owner
    kept = AddressFactory()
    owner.delete()
    assert Address.objects.get() == kept


@pytest.mark.parametrize("factory", KEPT)
def test_a_user_with_history_stays_and_the_error_says_what_to_do(
    factory: Callable[..., Any],
) -> None:
    owner = factory().owner
    AddressFactory(owner=owner)
    with pytest.raises(RestrictedError, match="erase_learner"):
        owner.delete()
    assert owner.joanie_addresses.exists()


def test_users_are_deleted_together_or_not_at_all() -> None:
    without_history, owner = UserFactory(), OrderFactory().owner
    users = get_user_model().objects.filter(pk__in=[without_history.pk, owner.pk])
    with pytest.raises(RestrictedError, match=r"Order\.owner"):
        users.delete()
    assert users.count() == 2


@pytest.mark.parametrize(("factory", "is_left"), [(OrderFactory, True), (AddressFactory, False)])
def test_somebody_leaves_as_the_how_to_has_it(factory: Callable[..., Any], is_left: bool) -> None:
    blocks = {block.title: block.code for block in read_blocks(HOW_TO)}
    names: dict[str, Any] = {}
    exec(blocks["shop/leaving.py"], names)
    owner = factory(**{"state": "canceled"} if is_left else {}).owner
    names["leave"](owner)
    users = get_user_model().objects.filter(pk=owner.pk)
    assert [user.is_active for user in users] == ([False] if is_left else [])


def test_the_admin_deletes_a_user_without_history(boss: Client) -> None:
    address = AddressFactory()
    delete = page_of(address.owner, "delete")
    assert "permission" not in read(boss, delete)
    boss.post(delete, {"post": "yes"})
    assert not Address.objects.exists()


def test_the_admin_deletes_nobody_who_bought(boss: Client) -> None:
    order = OrderFactory()
    delete = page_of(order.owner, "delete")
    assert f"Order {order.pk} (pending)" in read(boss, delete)
    boss.post(delete, {"post": "yes"})
    assert Order.objects.get().owner == order.owner


def test_the_admin_deletes_no_address_of_somebody_who_stays(boss: Client) -> None:
    address = AddressFactory()
    assert boss.post(page_of(address, "delete"), {"post": "yes"}).status_code == 403
