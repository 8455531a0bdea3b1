"""What learners do: with orders, with the provider's pages, with their cards."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from tests.system.stateful.stage import (
    NOWHERE,
    Stage,
    deaths,
    good_cards,
    learners,
    newest,
    picks,
    products,
    purchases,
    request_payment,
    test_cards,
)

from joanie.payment.services.abort import abort_order
from joanie.payment.services.card_setup import CardSetupRequest, start_card_setup
from joanie.payment.services.checkout import pay_order
from joanie.payment.services.credit_cards import delete_card, update_card
from joanie.payment.services.return_page import refresh_on_return


class Learners(Stage):
    @initialize(purchases=st.lists(purchases, min_size=1, max_size=3))
    def open_the_shop(self, purchases: list[tuple[int, int, str, bool]]) -> None:
        """Without orders there is little to do."""
        for learner, product, card, is_told in purchases:
            self.buy(learner, product, card, is_told)

    @rule(learner=learners, product=products, save=st.booleans(), dies=deaths)
    def order(self, learner: int, product: int, save: bool, dies: int | None) -> None:
        self.place(learner, product, dies, payment_method="dummy", save_card=save)

    @rule(learner=learners, product=products, card=good_cards, is_told=st.booleans())
    def buy(self, learner: int, product: int, card: str, is_told: bool) -> None:
        """Order, pay on the page, perhaps save the card: as most do."""
        known = len(self.pages)
        self.place(learner, product, None, payment_method="dummy", save_card=True)
        if len(self.pages) > known:
            self.answer_a_page(pick=0, card=card, save=True, gives_up=False)
        self.world.post.collect()
        if is_told and self.world.post.waiting:
            self.tell(pick=0, dies=None)

    @precondition(lambda self: self.books.cards)
    @rule(pick=picks, product=products, dies=deaths)
    def order_in_one_click(self, pick: int, product: int, dies: int | None) -> None:
        card = newest(self.books.cards, pick)
        learner = [each.pk for each in self.world.learners].index(card.owner_id)
        self.place(learner, product, dies, credit_card_id=card.pk)

    @precondition(lambda self: self.books.orders)
    @rule(pick=picks, dies=deaths)
    def pay_again(self, pick: int, dies: int | None) -> None:
        order = self.fresh(newest(self.books.orders, pick))
        if not order.owner.is_active:
            return
        with self.asking(dies):
            self.receive(pay_order(order=order, payment=request_payment(payment_method="dummy")))

    @precondition(lambda self: self.pages)
    @rule(pick=picks, card=test_cards, save=st.booleans(), gives_up=st.booleans())
    def answer_a_page(self, pick: int, card: str, save: bool, gives_up: bool) -> None:
        """On the newest page, or on an old one that was left open."""
        page = newest(self.pages, pick)
        if page.endswith("/challenge"):
            answer = self.world.provider.confirm(page, "refuse" if gives_up else "confirm")
        elif gives_up and card != "success":
            answer = self.world.provider.http.post(page, data={"action": "cancel"})
        else:
            answer = self.world.provider.pay(page, card, save_card=save)
        self.open_page(answer.headers.get("location", ""))

    @precondition(lambda self: self.books.payments)
    @rule(pick=picks, dies=deaths)
    def come_back(self, pick: int, dies: int | None) -> None:
        with self.asking(dies):
            refresh_on_return(attempt_id=newest(self.books.payments, pick).pk)

    @precondition(lambda self: self.books.orders)
    @rule(pick=picks, dies=deaths)
    def abort(self, pick: int, dies: int | None) -> None:
        order = self.fresh(newest(self.books.orders, pick))
        with self.asking(dies):
            abort_order(order=order)

    @rule(learner=learners, card=test_cards)
    def save_a_card(self, learner: int, card: str) -> None:
        request = CardSetupRequest(base_url=NOWHERE, language="en", payment_method="dummy")
        owner = self.find_learner(learner)
        if not owner.is_active:
            return
        with self.asking():
            setup = start_card_setup(owner=owner, request=request)
            self.world.provider.pay(setup["url"], card)

    @precondition(lambda self: self.books.cards)
    @rule(pick=picks, dies=deaths)
    def remove_a_card(self, pick: int, dies: int | None) -> None:
        with self.asking(dies):
            delete_card(card=newest(self.books.cards, pick))

    @precondition(lambda self: self.books.cards)
    @rule(pick=picks)
    def prefer_a_card(self, pick: int) -> None:
        with self.asking():
            update_card(card=newest(self.books.cards, pick), is_main=True)
