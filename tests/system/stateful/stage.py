"""Where everybody acts, and how: what may be refused, fail or be interrupted, and nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from tests.system.stateful.books import Books
from tests.system.stateful.fate import Death
from tests.system.stateful.world import LEARNERS, PRICES, World

from joanie.common.exceptions import ProviderUnavailable, Refused
from joanie.common.money import Money, from_minor_units, to_minor_units
from joanie.core.models import Order, Product
from joanie.emulators.dummy.cards import TEST_CARDS
from joanie.emulators.kit.acquirer.records import Payment as TheirPayment
from joanie.payment.exceptions import (
    AbortPaymentFailed,
    CreatePaymentFailed,
    RefundPaymentFailed,
)
from joanie.payment.factories import BillingAddressDictFactory
from joanie.payment.services.checkout import Checkout, place_order
from joanie.payment.services.payment_request import PaymentRequest

Item = TypeVar("Item")

NOWHERE = "http://127.0.0.1:9"

learners = st.integers(0, LEARNERS - 1)
products = st.integers(0, len(PRICES) - 1)
# Counted from the newest: most of what is interesting happens to what happened last.
picks = st.integers(0, 5)
# After how many of the points that are passed a process dies, if it does.
deaths = st.one_of(st.none(), st.none(), st.integers(0, 4))
good_cards = st.sampled_from(("success", "success", "slow", "three_d_secure", "lost_later"))
# Who buys what with which card, and whether the provider's notification arrives at once.
purchases = st.tuples(learners, products, good_cards, st.booleans())
test_cards = st.one_of(st.just("success"), st.sampled_from(sorted(TEST_CARDS)))
shares = st.sampled_from(("all", "a third", "a unit"))
spans = st.sampled_from((timedelta(minutes=11), timedelta(hours=25), timedelta(days=31)))


REFUSALS = (Refused, CreatePaymentFailed, AbortPaymentFailed, RefundPaymentFailed)


class Stage(RuleBasedStateMachine):
    """What all of them share. ``pages`` are those of the provider that were ever opened."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        world.begin()
        self.books = Books(world.state)
        self.pages: list[str] = []
        self.has_failed = False

    def place(self, learner: int, product: int, dies: int | None, **changes: Any) -> None:
        chosen = Product.objects.get(pk=self.world.products[product].pk)
        course = chosen.courses.get()
        payment = request_payment(**changes) if chosen.price.amount else None
        owner = self.find_learner(learner)
        if not owner.is_active:
            return
        with self.asking(dies):
            placed = place_order(
                owner=owner,
                course=course,
                product=chosen,
                language="en",
                payment=payment,
            )
            self.receive(placed)

    def receive(self, checkout: Checkout) -> None:
        if checkout.payment_info:
            self.open_page(checkout.payment_info["url"])

    def open_page(self, url: str) -> None:
        if "/pay/" in url and url not in self.pages:
            self.pages.append(url)

    @contextmanager
    def asking(self, dies: int | None = None) -> Iterator[None]:
        """Do what may be refused, fail at the provider, or die half-way, and nothing else."""
        is_down = self.world.is_down
        with self.failing_for_good():
            try:
                with self.world.fate.mortal(dies):
                    yield
            except Death as death:
                note(f"died: {death}")
            except REFUSALS as error:
                note(f"refused: {error!r}")
            except ProviderUnavailable as error:
                note(f"down: {error!r}")
                assert is_down

    @contextmanager
    def failing_for_good(self) -> Iterator[None]:
        """What fails first is what is to be told of: nothing comes after it."""
        try:
            yield
        except Exception:
            self.has_failed = True
            raise

    def find_learner(self, number: int) -> Any:
        """Who was erased cannot come in any more: their account is disabled."""
        return type(self.world.learners[number]).objects.get(pk=self.world.learners[number].pk)

    def fresh(self, order: Order) -> Order:
        return Order.objects.select_related("owner").get(pk=order.pk)

    def paid(self) -> list[Any]:
        ids = {line.payment_id for line in self.books.lines}
        return [each for each in self.books.payments if each.pk in ids]

    def theirs(self, *statuses: str) -> list[TheirPayment]:
        return [each for each in self.world.state.all_payments() if each.status in statuses]

    def their_refunds(self) -> list[Any]:
        return [refund for each in self.theirs("succeeded") for refund in each.refunds]

    def their_disputes(self) -> list[Any]:
        return [dispute for each in self.theirs("succeeded") for dispute in each.disputes]

    def press(self, button: str, **form: str) -> None:
        """Press a button of the dashboard; it may be too late for it."""
        answer = self.world.provider.http.post(f"/dashboard/{button}", data=form)
        assert answer.status_code < 500, answer.text


def newest(items: Sequence[Item], pick: int) -> Item:
    return items[-1 - pick % len(items)]


def share_of(money: Money, share: str) -> Money:
    units = to_minor_units(money)
    part = {"all": units, "a third": units // 3 or 1, "a unit": 1}[share]
    return from_minor_units(part, str(money.currency))


def request_payment(**changes: Any) -> PaymentRequest:
    return PaymentRequest(billing_address=BillingAddressDictFactory(), base_url=NOWHERE, **changes)
