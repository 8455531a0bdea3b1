"""What staff do: with money, with orders, with what waits for a look, with what is sold."""

import uuid

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.system.stateful.stage import (
    Stage,
    deaths,
    learners,
    newest,
    picks,
    products,
    share_of,
    shares,
)
from tests.system.stateful.world import LIMITED, PRICES

from joanie.common.exceptions import Refused
from joanie.common.money import from_minor_units
from joanie.core.models import Product
from joanie.payment.ledger.refunds import refundable
from joanie.payment.services.cancellation import cancel_order
from joanie.payment.services.erasure import erase_learner
from joanie.payment.services.intake import process_notification
from joanie.payment.services.reconciliation import reconcile_payments
from joanie.payment.services.refunds import refund_payment
from joanie.payment.services.review import settle_flag


class Staff(Stage):
    @precondition(lambda self: self.books.lines)
    @rule(pick=picks, share=shares, is_clicked_twice=st.booleans(), dies=deaths)
    def give_back(self, pick: int, share: str, is_clicked_twice: bool, dies: int | None) -> None:
        payment = newest(self.paid(), pick)
        amount = share_of(refundable(payment), share)
        form = {"payment": payment, "amount": amount, "reason": "", "refund_id": uuid.uuid4()}
        with self.asking(dies):
            refund_payment(**form)
        if is_clicked_twice:
            with self.asking():
                refund_payment(**form)

    @precondition(lambda self: self.books.lines)
    @rule(pick=picks)
    def give_back_too_much(self, pick: int) -> None:
        payment = newest(self.paid(), pick)
        unit = from_minor_units(1, str(payment.amount.currency))
        try:
            refund_payment(payment=payment, amount=refundable(payment) + unit, reason="")
        except Refused:
            return
        raise AssertionError("More was given back than there is")

    @precondition(lambda self: self.books.orders)
    @rule(pick=picks, dies=deaths)
    def cancel(self, pick: int, dies: int | None) -> None:
        order = self.fresh(newest(self.books.orders, pick))
        with self.asking(dies):
            cancel_order(order)

    @precondition(lambda self: any(each.flag for each in self.books.payments))
    @rule(pick=picks)
    def settle_a_flag(self, pick: int) -> None:
        flagged = [each for each in self.books.payments if each.flag]
        with self.asking():
            settle_flag(newest(flagged, pick))

    @precondition(lambda self: self.books.orders)
    @rule(learner=learners, dies=deaths)
    def erase(self, learner: int, dies: int | None) -> None:
        with self.asking(dies):
            erase_learner(learner=self.find_learner(learner))

    @precondition(lambda self: self.books.notifications)
    @rule(pick=picks, dies=deaths)
    def replay(self, pick: int, dies: int | None) -> None:
        with self.asking(dies):
            process_notification(newest(self.books.notifications, pick))

    @precondition(lambda self: self.books.orders)
    @rule(product=products, price=products, seats=st.sampled_from((None, 0, 1, 2)))
    def change_an_offer(self, product: int, price: int, seats: int | None) -> None:
        """The price of one, and the seats of the one that is limited."""
        Product.objects.filter(pk=self.world.products[product].pk).update(
            price=PRICES[price].amount, price_currency=str(PRICES[price].currency)
        )
        limited = self.world.products[LIMITED]
        Product.objects.filter(pk=limited.pk).update(max_orders=seats)

    @precondition(lambda self: self.books.orders)
    @rule(dies=deaths)
    def compare_the_books(self, dies: int | None) -> None:
        with self.asking(dies):
            reconcile_payments(since=self.world.beginning)
