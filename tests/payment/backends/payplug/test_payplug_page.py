"""The page of PayPlug's reference says what the code does."""

import re
from pathlib import Path
from textwrap import dedent

from tests.payment.backends.payplug.payplug_shop import PayplugPeople, PayplugShop
from tests.shop import fresh, last_payment

from joanie.emulators.payplug.cards import DECLINES
from joanie.payment.backends.payplug.mapping import ENDS, FAILURE_CODES
from joanie.payment.models import Payment
from joanie.payment.services.pull import pull_payment

PAGE = Path(__file__).parents[4] / "docs/reference/providers/payplug.md"


def steps(payment: Payment) -> list[str]:
    """Give the lines that book a dispute, each with the preparation before it."""
    code = re.search(r"    ```python\n(    from .*?)    ```", PAGE.read_text(), re.DOTALL)
    assert code is not None
    preparation, booking = (
        dedent(code[1]).replace("pay_…", payment.provider_reference).split("}\n")
    )
    return [f"{preparation}}}\n{line}" for line in booking.splitlines()]


def test_what_a_person_books_of_a_dispute_is_booked(
    deaf_shop: PayplugShop, people: PayplugPeople
) -> None:
    order = deaf_shop.order().order
    people.pay(last_payment(order).url)
    payment = pull_payment(last_payment(order))
    taken, lost, won = steps(payment)
    exec(taken, {})
    assert (fresh(payment).flag, fresh(order).state) == ("disputed", "refunded")
    exec(lost, {})
    assert fresh(payment).state == "reversed"
    exec(won, {})
    assert fresh(order).state == "validated"


def test_each_failure_is_explained() -> None:
    text = PAGE.read_text()
    named = set(re.findall(r"`([0-9a-z_]+)`", text))
    assert named >= FAILURE_CODES.keys() - {"card_expiration_date_prior_to_last_installment_date"}
    assert named >= ENDS.keys()
    assert FAILURE_CODES.keys() >= set(DECLINES)
