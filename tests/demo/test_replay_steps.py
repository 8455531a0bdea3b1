import uuid

import pytest

from joanie.core.enums import OrderState
from joanie.demo.dataset import Registration
from joanie.demo.replay.plan import Purchase, make_plan
from joanie.demo.replay.sight import Attempt, Seen
from joanie.demo.replay.steps import Step, next_step
from joanie.payment.enums import OPEN_PAYMENT_STATES, PaymentState

PAGE = "http://provider.example/pay/pay_1"
# Of who stays, of who leaves.
STEPS = {
    OrderState.PENDING: (Step.PAY, Step.PAY),
    OrderState.FAILED: (Step.PAY, Step.PAY),
    OrderState.VALIDATED: (None, Step.REFUND),
    OrderState.REFUNDING: (None, None),
    OrderState.REFUNDED: (None, None),
    OrderState.CANCELED: (Step.ORDER, Step.ORDER),
}


def purchase(*, left: bool = False, module: str = "BBB") -> Purchase:
    (planned,) = make_plan([Registration(module, "2013J", "1", -10, 3 if left else None)])
    return planned


def seen(order: str, attempt: str = PaymentState.PENDING, url: str = PAGE) -> Seen:
    return Seen(uuid.uuid4(), order, Attempt(uuid.uuid4(), attempt, "pay_1", url))


@pytest.mark.parametrize("state", OrderState)
def test_each_state_of_the_order_has_its_next_step(state: OrderState) -> None:
    steps = [next_step(purchase(left=left), seen(state)) for left in (False, True)]
    assert tuple(steps) == STEPS[state]


def test_what_the_shop_does_not_know_is_ordered() -> None:
    assert next_step(purchase(), None) == Step.ORDER


@pytest.mark.parametrize("state", PaymentState)
def test_an_attempt_that_is_over_is_followed_by_another(state: PaymentState) -> None:
    step = Step.PAY if state in OPEN_PAYMENT_STATES else Step.PAY_AGAIN
    assert next_step(purchase(), seen(OrderState.PENDING, state)) == step


def test_an_attempt_whose_page_is_unknown_is_followed_by_another() -> None:
    lost = seen(OrderState.PENDING, PaymentState.CREATED, url="")
    assert next_step(purchase(), lost) == Step.PAY_AGAIN


def test_who_leaves_what_was_free_gets_nothing_back() -> None:
    free = purchase(left=True, module="GGG")
    assert next_step(free, Seen(uuid.uuid4(), OrderState.VALIDATED, None)) is None
