"""What the provider does, and the banks behind it: tells, is down, gives and takes money."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.system.stateful.stage import Stage, deaths, newest, picks, shares

from joanie.emulators.dummy.wire import payment_as_json


class Bank(Stage):
    @precondition(lambda self: self.world.post.waiting)
    @rule(pick=picks, dies=deaths)
    def tell(self, pick: int, dies: int | None) -> None:
        with self.asking(dies):
            self.world.post.bring(newest(self.world.post.waiting, pick))

    @precondition(lambda self: self.world.post.brought)
    @rule(pick=picks, dies=deaths)
    def tell_again(self, pick: int, dies: int | None) -> None:
        with self.asking(dies):
            self.world.post.bring(newest(self.world.post.brought, pick))

    @precondition(lambda self: self.world.post.waiting)
    @rule(pick=picks)
    def never_tell(self, pick: int) -> None:
        self.world.post.lose(newest(self.world.post.waiting, pick))

    @precondition(lambda self: self.books.orders)
    @rule(
        mode=st.sampled_from(("reset", "reset_after", "status", "html")),
        times=st.sampled_from((1, 2, None)),
        refunds=st.sampled_from(("succeeded", "pending", "failed")),
    )
    def change_ones_mood(self, mode: str, times: int | None, refunds: str) -> None:
        """Be down for some calls, or until further notice; decide on refunds another way."""
        self.world.go_down(mode, times)
        self.world.instruct(refunds=refunds)

    @precondition(lambda self: self.world.is_down)
    @rule()
    def come_up(self) -> None:
        self.world.come_up()

    @precondition(lambda self: self.theirs("succeeded"))
    @rule(pick=picks, share=shares)
    def give_back_at_the_dashboard(self, pick: int, share: str) -> None:
        payment = newest(self.theirs("succeeded"), pick)
        shown = payment_as_json(payment)
        left = min(payment.refundable, shown["amount"] - payment.amount_refunded)
        amount = {"all": left, "a third": left // 3 or 1, "a unit": 1}[share]
        if 0 < amount <= left:
            self.world.provider.refund_from_dashboard(payment.id, amount)

    @precondition(lambda self: self.their_refunds())
    @rule(pick=picks, status=st.sampled_from(("succeeded", "failed")))
    def decide_a_refund(self, pick: int, status: str) -> None:
        """One that had succeeded may fail after all."""
        refund = newest(self.their_refunds(), pick)
        self.press(f"refunds/{refund.id}/settle", status=status)

    @precondition(lambda self: self.theirs("succeeded"))
    @rule(pick=picks, share=shares)
    def dispute(self, pick: int, share: str) -> None:
        payment = newest(self.theirs("succeeded"), pick)
        left = min(payment.disputable, payment_as_json(payment)["amount"])
        amount = {"all": left, "a third": left // 3 or 1, "a unit": 1}[share]
        if 0 < amount <= left:
            self.world.provider.dispute(payment.id, amount)

    @precondition(lambda self: self.their_disputes())
    @rule(pick=picks, status=st.sampled_from(("won", "lost")))
    def decide_a_dispute(self, pick: int, status: str) -> None:
        dispute = newest(self.their_disputes(), pick)
        self.press(f"disputes/{dispute.id}/settle", status=status)

    @precondition(lambda self: self.theirs("processing"))
    @rule(pick=picks, status=st.sampled_from(("succeeded", "failed")))
    def end_the_wait_of_the_bank(self, pick: int, status: str) -> None:
        payment = newest(self.theirs("processing"), pick)
        self.press(f"payments/{payment.id}/complete", status=status)

    @precondition(lambda self: self.theirs("requires_payment", "requires_action"))
    @rule(pick=picks)
    def close_a_page(self, pick: int) -> None:
        payment = newest(self.theirs("requires_payment", "requires_action"), pick)
        self.press(f"payments/{payment.id}/expire")

    @precondition(lambda self: self.theirs("failed", "canceled", "expired"))
    @rule(pick=picks, card=st.sampled_from((None, "success", "expired_card")))
    def take_the_money_after_all(self, pick: int, card: str | None) -> None:
        payment = newest(self.theirs("failed", "canceled", "expired"), pick)
        saves = {"card": card, "save_card": True} if card else {}
        self.world.provider.settle(payment.id, status="succeeded", **saves)

    @precondition(lambda self: self.theirs("requires_payment"))
    @rule(pick=picks, times=st.sampled_from((1, 3)))
    def take_another_amount(self, pick: int, times: int) -> None:
        """Half of it, or once and a half."""
        payment = newest(self.theirs("requires_payment"), pick)
        amount = payment.amount * times // 2
        self.world.provider.settle(payment.id, status="succeeded", overrides={"amount": amount})
