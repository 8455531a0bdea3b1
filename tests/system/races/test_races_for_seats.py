"""However many come at once, there are never more orders than seats.

Who does not get the product's lock in time is told to try again: Busy, and nothing is written.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.utils import timezone
from tests.concurrency import at_once, winners
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment
from tests.system.races.test_races_of_money import (
    book_success,
    give_back_what_is_unusable,
    kept_at,
    paid,
)

from joanie.common.exceptions import Busy
from joanie.common.money import Money
from joanie.core.factories import OrderFactory, UserFactory
from joanie.core.models import Order, Product
from joanie.core.services.seats import ProductSoldOut
from joanie.payment.ledger.refunds import book_refund, book_refund_failure
from joanie.payment.models import Payment
from joanie.payment.services.abort import expire_orders

Races = Iterator[Shop]


def set_limit(shop: Shop, seats: int) -> None:
    Product.objects.filter(pk=shop.product.pk).update(max_orders=seats)


def limit(shop: Shop, seats: int) -> None:
    set_limit(shop, seats)
    shop.product = fresh(shop.product)


def others(shop: Shop, count: int) -> list[Shop]:
    return [
        Shop(shop.base_url, owner=owner, product=shop.product)
        for owner in UserFactory.create_batch(count)
    ]


def seats_taken(shop: Shop) -> int:
    return Order.objects.active().filter(product=shop.product).count()


def test_fifty_purchases_of_the_last_seat(each_time: Races) -> None:
    for first in each_time:
        limit(first, 2)
        OrderFactory(product=first.product)
        results = at_once(*[learner.order for learner in others(first, 50)])
        (checkout,) = winners(results, ProductSoldOut, Busy)
        assert checkout.payment_info["url"]
        assert seats_taken(first) == 2
        assert Payment.objects.filter(order__product=first.product).count() == 1


def test_two_tabs_of_one_learner_take_one_seat(each_time: Races) -> None:
    for learner in each_time:
        limit(learner, 1)
        results = winners(at_once(learner.order, learner.order, learner.order))
        assert len({checkout.order for checkout in results}) == 1
        assert seats_taken(learner) == 1


def test_a_changed_price_gives_the_seat_to_nobody_else(each_time: Races) -> None:
    for first in each_time:
        limit(first, 1)
        order = first.order().order
        Product.objects.filter(pk=first.product.pk).update(price=Money("90.00", "EUR"))
        first.product = fresh(first.product)
        tabs = [first.order, first.order, *(learner.order for learner in others(first, 4))]
        results = at_once(*tabs)
        assert not [each for each in results[:2] if isinstance(each, ProductSoldOut)]
        assert {each.order.owner for each in winners(results, ProductSoldOut, Busy)} == {
            first.owner
        }
        assert (fresh(order).state, seats_taken(first)) == ("canceled", 1)


def test_a_refund_that_fails_and_the_purchase_of_the_last_seat(
    each_time: Races, provider: Provider
) -> None:
    for first in each_time:
        limit(first, 1)
        payment = paid(first, provider)
        refund = {"order_id": payment.order_id, "backend": "dummy", "reference": f"{payment.pk}"}
        book_refund(**refund, amount=120)
        (second,) = others(first, 1)
        winners(at_once(partial(book_refund_failure, **refund), second.order), ProductSoldOut)
        assert seats_taken(first) == 1
        has_come_back = fresh(payment.order).state == "validated"
        assert fresh(payment).flag == ("" if has_come_back else "late")


def test_a_payment_and_expiry_with_somebody_waiting_for_the_seat(
    each_time: Races, provider: Provider
) -> None:
    """Who pays at the last moment keeps the seat, or gets the money back and somebody else it."""
    for first in each_time:
        limit(first, 1)
        payment = last_payment(first.order().order)
        (second,) = others(first, 1)
        in_two_days = timezone.now() + timedelta(days=2)
        results = at_once(
            partial(provider.pay, payment.url), partial(expire_orders, in_two_days), second.order
        )
        winners(results, ProductSoldOut)
        if provider.payment(payment.provider_reference)["status"] == "succeeded":
            book_success(payment)
        give_back_what_is_unusable(payment.order)
        has_seat = fresh(payment.order).state == "validated"
        assert seats_taken(first) <= 1
        assert kept_at(provider, payment) == (12000 if has_seat else 0)


def test_fewer_seats_while_learners_buy(each_time: Races) -> None:
    for first in each_time:
        limit(first, 3)
        learners = others(first, 6)
        results = at_once(partial(set_limit, first, 1), *[each.order for each in learners])
        winners(results, ProductSoldOut, Busy)
        assert 1 <= seats_taken(first) <= 3
