"""What people do at the shop, from the first request to the last paper, whoever dies meanwhile.

A journey has a part before any death (``prepare``), the part in which processes die (``walk``),
and what it has led to (``check``). ``points`` are all that it passes when nobody dies.
"""

import uuid
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

import httpx
from tests.crashes.books import charged
from tests.crashes.mortal import give_back
from tests.crashes.shop import ENOUGH, Shop, one_run_product
from tests.crashes.time_passing import A_DAY
from tests.system.learner import ADDRESS

from joanie.common.money import Money
from joanie.core.enums import OrderState
from joanie.core.models import Order, Product
from joanie.payment.crash_points import CrashPoint as At
from joanie.payment.models import CreditCard, Mail, Payment, ProformaInvoice, Refund

SENDING = (At.ATTEMPT_WRITTEN, At.PROVIDER_ANSWERED, At.ANSWER_STORED)
TELLING = (At.NOTIFICATION_STORED, At.NOTIFICATION_ACTED_ON, At.NOTIFICATION_SETTLED)
BOOKING = (At.PAYMENT_WRITTEN, At.PAYMENT_BOOKED)
RETIRING = (At.ABORTED_AT_PROVIDER, At.ATTEMPT_RETIRED)
REFUNDING = (At.REFUND_ANSWERED, At.REFUND_WRITTEN, At.REFUND_BOOKED)
MAILING = (At.MAIL_CLAIMED, At.MAIL_SENT)
PAPERS = (At.DOCUMENT_RENDERED, At.DOCUMENT_STORED, *MAILING)
Points = tuple[At, ...]


class Habit(Enum):
    """What a learner does who got no answer."""

    SAME_KEY = "asks again with the same key"
    NEW_REQUEST = "asks again with no key"
    NEVER_BACK = "never comes back"


class Delivery(Enum):
    """When a provider tells what it knows."""

    SOON = "before the learner comes back"
    LATE = "when all is over"
    NEVER = "never"


@dataclass(frozen=True, repr=False)
class Journey:
    """``dies_at`` are the points to die at, where other journeys see to the rest."""

    points: ClassVar[Points] = ()
    dies_at: Points = field(default=(), kw_only=True)

    def prepare(self, shop: Shop) -> None:
        """Nothing, unless said otherwise."""

    def walk(self, shop: Shop) -> None:
        raise NotImplementedError

    def check(self, shop: Shop) -> None:
        raise NotImplementedError

    @property
    def deaths(self) -> Points:
        return self.dies_at or self.points

    def __str__(self) -> str:
        """Name it, with what is said of it."""
        said = [getattr(self, each.name) for each in fields(self) if each.name != "dies_at"]
        words = [each.name if isinstance(each, Enum) else str(each) for each in said]
        return "-".join([type(self).__name__, *words])


@dataclass(frozen=True, repr=False)
class BuyOnPage(Journey):
    """A learner buys on the provider's page, and saves the card there."""

    points = (*SENDING, *TELLING, *BOOKING, *PAPERS)
    habit: Habit = Habit.SAME_KEY
    is_told_again: bool = True

    def walk(self, shop: Shop) -> None:
        pay_on_page(shop, order(shop, self.habit), is_told_again=self.is_told_again)

    def check(self, shop: Shop) -> None:
        bought_once_or_not_at_all(shop, self.habit)


@dataclass(frozen=True, repr=False)
class PayAgain(BuyOnPage):
    """A learner closed the page, and starts another payment of the same order."""

    points = (*RETIRING, *BuyOnPage.points)

    def prepare(self, shop: Shop) -> None:
        order(shop)

    def walk(self, shop: Shop) -> None:
        path = f"/orders/{Order.objects.get().pk}/payments/"
        answer = insist(shop, self.habit, "POST", path, {"billing_address": ADDRESS})
        pay_on_page(shop, answer)


@dataclass(frozen=True, repr=False)
class BuyWhatChanged(BuyOnPage):
    """The price changed since the page was opened: another order takes the first one's place."""

    points = (*RETIRING, At.ORDER_GIVEN_UP, *BuyOnPage.points)

    def prepare(self, shop: Shop) -> None:
        order(shop)
        Product.objects.filter(pk=shop.product.pk).update(price=99)

    def check(self, shop: Shop) -> None:
        super().check(shop)
        assert Order.objects.filter(total=120, state=OrderState.VALIDATED).count() == 0


@dataclass(frozen=True, repr=False)
class BuyInOneClick(Journey):
    """A learner pays with a saved card."""

    points = (*SENDING, *BOOKING, *TELLING, *PAPERS)
    habit: Habit = Habit.SAME_KEY
    delivery: Delivery = Delivery.LATE

    def prepare(self, shop: Shop) -> None:
        buy_something_else(shop)
        shop.provider.instruct(
            notifications={"drop" if self.delivery is Delivery.NEVER else "hold": True}
        )

    def walk(self, shop: Shop) -> None:
        card = CreditCard.objects.get()
        answer = order(
            shop, self.habit, credit_card_id=str(card.pk), is_told=self.delivery is Delivery.SOON
        )
        assert answer is None or is_bought(answer), answer.text
        shop.recover()
        shop.release_notifications()
        shop.recover()

    def check(self, shop: Shop) -> None:
        bought_once_or_not_at_all(shop, self.habit)


@dataclass(frozen=True, repr=False)
class PayUnheard(Journey):
    """The provider is paid and never tells: it is asked."""

    points = (*BOOKING, *PAPERS)

    def prepare(self, shop: Shop) -> None:
        url = order_page(shop)
        shop.provider.instruct(notifications={"drop": True})
        shop.provider.pay(url, save_card=True)

    def walk(self, shop: Shop) -> None:
        shop.recover()

    def check(self, shop: Shop) -> None:
        bought_once(shop)


@dataclass(frozen=True, repr=False)
class GiveUp(Journey):
    """A learner aborts an order whose page is open; what the provider tells of it comes late."""

    points = (*RETIRING, *TELLING)
    habit: Habit = Habit.NEW_REQUEST

    def prepare(self, shop: Shop) -> None:
        order(shop)
        shop.provider.instruct(notifications={"hold": True})

    def walk(self, shop: Shop) -> None:
        answer = insist(shop, self.habit, "POST", f"/orders/{Order.objects.get().pk}/abort/")
        assert answer is None or answer.status_code == HTTPStatus.NO_CONTENT, answer.text
        self.end(shop)

    def end(self, shop: Shop) -> None:
        shop.recover("joanie.payment.expire_orders", span=A_DAY)
        shop.release_notifications()
        shop.recover()

    def check(self, shop: Shop) -> None:
        assert [each.status for each in shop.state.all_payments()] == ["canceled"]
        assert Order.objects.get().state == OrderState.CANCELED
        assert not ProformaInvoice.objects.exists()


@dataclass(frozen=True, repr=False)
class Expire(GiveUp):
    """Nobody pays an order; it expires."""

    points = (*RETIRING, *TELLING, *MAILING)

    def walk(self, shop: Shop) -> None:
        self.end(shop)


@dataclass(frozen=True, repr=False)
class GiveBack(Journey):
    """Staff give money back."""

    points = (At.REFUND_REQUESTED, *REFUNDING, *PAPERS)
    amount: str = "50.00"
    is_told: bool = False

    def prepare(self, shop: Shop) -> None:
        buy_something_else(shop)
        shop.provider.instruct(notifications={"drop": not self.is_told})

    def walk(self, shop: Shop) -> None:
        payment = Payment.objects.get()
        errand = partial(give_back, payment.pk, uuid.uuid4(), Money(self.amount, "EUR"))
        assert any(shop.processes.survives(errand) for _ in range(ENOUGH))
        shop.recover()

    def check(self, shop: Shop) -> None:
        is_all = self.amount == "120.00"
        state = OrderState.REFUNDED if is_all else OrderState.VALIDATED
        assert Order.objects.get().state == state
        assert [each.amount for each in Refund.objects.all()] == [Money(self.amount, "EUR")]
        assert Mail.objects.filter(kind="order_refunded").count() == 1


@dataclass(frozen=True, repr=False)
class PayTooLate(Journey):
    """Money comes for an order that is canceled, and goes back by itself."""

    points = (*TELLING, *BOOKING, At.UNUSABLE_MONEY_ASKED_BACK, *REFUNDING, *PAPERS)

    def prepare(self, shop: Shop) -> None:
        order(shop)
        insist(shop, Habit.NEW_REQUEST, "POST", f"/orders/{Order.objects.get().pk}/abort/")

    def walk(self, shop: Shop) -> None:
        reference = Payment.objects.get().provider_reference
        shop.provider.settle(reference, status="succeeded")
        shop.let_deliveries_end()
        shop.recover()

    def check(self, shop: Shop) -> None:
        (payment,) = charged(shop)
        assert payment.amount_refunded == payment.amount
        assert Refund.objects.count() == 1
        assert Order.objects.get().state == OrderState.CANCELED


@dataclass(frozen=True, repr=False)
class RemoveCard(Journey):
    """A learner removes a saved card."""

    points = (At.CARD_TAKEN_AWAY, At.CARD_LET_GO)
    habit: Habit = Habit.NEW_REQUEST

    def prepare(self, shop: Shop) -> None:
        buy_something_else(shop)
        assert CreditCard.objects.count() == 1

    def walk(self, shop: Shop) -> None:
        path = f"/credit-cards/{CreditCard.objects.get().pk}/"
        answer = insist(shop, self.habit, "DELETE", path)
        gone = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND)
        assert answer is None or answer.status_code in gone, answer.text
        shop.recover()

    def check(self, shop: Shop) -> None:
        assert not CreditCard.objects.exists()


CHARGING = (*SENDING, *BOOKING)
JOURNEYS: tuple[Journey, ...] = (
    BuyOnPage(),
    BuyOnPage(Habit.NEW_REQUEST, dies_at=SENDING),
    BuyOnPage(Habit.NEVER_BACK, dies_at=SENDING),
    BuyOnPage(is_told_again=False, dies_at=(*TELLING, *BOOKING)),
    PayAgain(dies_at=(*RETIRING, *SENDING)),
    PayAgain(Habit.NEW_REQUEST, dies_at=(*RETIRING, *SENDING)),
    PayAgain(Habit.NEVER_BACK, dies_at=(*RETIRING, *SENDING)),
    BuyWhatChanged(Habit.NEW_REQUEST, dies_at=(*RETIRING, At.ORDER_GIVEN_UP, *SENDING)),
    BuyWhatChanged(Habit.NEVER_BACK, dies_at=(At.ORDER_GIVEN_UP,)),
    BuyInOneClick(dies_at=(*CHARGING, *TELLING)),
    BuyInOneClick(Habit.SAME_KEY, Delivery.NEVER, dies_at=CHARGING),
    BuyInOneClick(Habit.NEW_REQUEST, Delivery.SOON, dies_at=CHARGING),
    BuyInOneClick(Habit.NEW_REQUEST, Delivery.NEVER, dies_at=CHARGING),
    BuyInOneClick(Habit.NEVER_BACK, Delivery.SOON, dies_at=CHARGING),
    BuyInOneClick(Habit.NEVER_BACK, Delivery.NEVER, dies_at=CHARGING),
    PayUnheard(dies_at=BOOKING),
    GiveUp(dies_at=RETIRING),
    GiveUp(Habit.NEVER_BACK, dies_at=RETIRING),
    Expire(dies_at=RETIRING),
    GiveBack(),
    GiveBack(is_told=True, dies_at=(At.REFUND_REQUESTED, *REFUNDING)),
    GiveBack("120.00", dies_at=REFUNDING),
    PayTooLate(dies_at=(*BOOKING, At.UNUSABLE_MONEY_ASKED_BACK, *REFUNDING)),
    RemoveCard(),
    RemoveCard(Habit.NEVER_BACK),
)


def insist(
    shop: Shop,
    habit: Habit,
    method: str,
    path: str,
    body: Any = None,
    *,
    is_told: bool = False,
) -> httpx.Response | None:
    """Ask until there is an answer, coming back later when told to; None for who never does.

    ``is_told`` says that the provider's notifications come before the learner does.
    """
    key = str(uuid.uuid4()) if habit is Habit.SAME_KEY else ""
    for _ in range(ENOUGH):
        answer = shop.ask(method, path, body, key=key)
        if answer is not None and not is_to_come_back(answer):
            return answer
        if is_told:
            shop.release_notifications()
        if answer is not None:
            shop.recover()
        elif habit is Habit.NEVER_BACK:
            shop.recover()
            return None
    raise AssertionError(f"The learner is never answered: {method} {path}")


def is_to_come_back(answer: httpx.Response) -> bool:
    return answer.is_error and "Retry-After" in answer.headers


def is_bought(answer: httpx.Response) -> bool:
    """Say whether it is: paid by this request, or by an earlier one."""
    if answer.status_code == HTTPStatus.CONFLICT:
        return bool(answer.json()["code"] == "order_already_bought")
    return bool(answer.json()["payment_info"]["is_paid"])


def order(
    shop: Shop,
    habit: Habit = Habit.NEW_REQUEST,
    *,
    product: Product | None = None,
    is_told: bool = False,
    **changes: Any,
) -> httpx.Response | None:
    product = product or shop.product
    body = {
        "course": product.courses.get().code,
        "product": str(product.pk),
        "billing_address": ADDRESS,
        "save_card": "credit_card_id" not in changes,
        **changes,
    }
    return insist(shop, habit, "POST", "/orders/", body, is_told=is_told)


def order_page(shop: Shop, product: Product | None = None) -> str:
    answer = order(shop, product=product)
    assert answer is not None
    return str(answer.json()["payment_info"]["url"])


def pay_on_page(shop: Shop, answer: httpx.Response | None, *, is_told_again: bool = True) -> None:
    """Pay, and see to it that all is done; a learner without an answer does not see the page."""
    if answer is not None:
        assert answer.status_code == HTTPStatus.CREATED, answer.text
        shop.provider.pay(answer.json()["payment_info"]["url"], save_card=True)
        shop.let_deliveries_end(is_repeated=is_told_again)
    shop.recover()


def buy_something_else(shop: Shop) -> None:
    """Buy another product, and save the card."""
    shop.provider.pay(order_page(shop, one_run_product()), save_card=True)
    shop.let_deliveries_end()
    shop.recover()


def bought_once(shop: Shop) -> None:
    """The product is paid once, and there is one of each paper."""
    bought = Order.objects.get(product=shop.product, state=OrderState.VALIDATED)
    paid = [each for each in charged(shop) if _order_of(each.id) == bought]
    assert len(paid) == 1
    assert ProformaInvoice.objects.filter(order=bought).count() == 1
    assert Mail.objects.filter(order=bought, kind="order_paid", sent_at__isnull=False).count() == 1


def bought_once_or_not_at_all(shop: Shop, habit: Habit) -> None:
    """A learner who never came back may not have paid: then nothing was taken."""
    orders = Order.objects.filter(product=shop.product)
    paid = [each for each in charged(shop) if _order_of(each.id) in orders]
    if paid or habit is not Habit.NEVER_BACK:
        bought_once(shop)
    else:
        assert not orders.filter(state=OrderState.VALIDATED).exists()


def _order_of(reference: str) -> Order:
    return Payment.objects.get(provider_reference=reference).order
