"""What an order gives, and takes back, is what the host says."""

import pytest
from pytest_django import Settings
from tests.core.purchases import buy, move
from tests.core.shelves import Shelf

from joanie.core.factories import CourseRunFactory, UserFactory
from joanie.core.models import Enrollment, Order
from joanie.core.tasks import update_access


@pytest.fixture(autouse=True)
def _empty_shelf() -> None:
    Shelf.lent.clear()


def use(settings: Settings, name: str) -> None:
    settings.JOANIE = {**settings.JOANIE, "FULFILMENT": f"tests.core.shelves.{name}"}


def order_of_a_run() -> Order:
    return buy(CourseRunFactory().course, owner=UserFactory())


@pytest.mark.django_db
def test_without_a_setting_the_learner_is_enrolled() -> None:
    update_access(str(order_of_a_run().pk))
    assert Enrollment.objects.filter(is_active=True).count() == 1


@pytest.mark.django_db
def test_the_host_s_class_stands_in_its_place(settings: Settings) -> None:
    use(settings, "Shelf")
    order = order_of_a_run()
    update_access(str(order.pk))
    move(order, "refunded")
    update_access(str(order.pk))
    assert Shelf.lent == [True, False]
    assert not Enrollment.objects.exists()


@pytest.mark.django_db
def test_it_can_do_both(settings: Settings) -> None:
    use(settings, "ShelfAndSeats")
    update_access(str(order_of_a_run().pk))
    assert (Shelf.lent, Enrollment.objects.count()) == ([True], 1)


@pytest.mark.django_db
def test_what_changed_meanwhile_is_told_again(settings: Settings) -> None:
    use(settings, "Slow")
    update_access(str(order_of_a_run().pk))
    assert Shelf.lent == [True, False]


@pytest.mark.django_db
def test_what_it_raises_has_the_job_run_again(settings: Settings) -> None:
    use(settings, "Down")
    with pytest.raises(ConnectionError):
        update_access(str(order_of_a_run().pk))
    assert update_access.retry_strategy is not None


@pytest.mark.django_db(transaction=True)
def test_it_may_call_another_system(settings: Settings) -> None:
    use(settings, "Shelf")
    update_access(str(order_of_a_run().pk))
    assert Shelf.had_transaction is False
