"""What came of the purchases according to the shop's books, and what the data says should have."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Q, QuerySet, Sum

from joanie.core.enums import OrderState
from joanie.core.models import Order
from joanie.demo.replay.plan import Purchase
from joanie.demo.replay.sight import CHUNK, Name, of_learners
from joanie.payment.models import ProformaInvoice, Transaction


@dataclass(frozen=True)
class Outcome:
    """Of one purchase. Amounts are in the currency of its price; ``state`` is of the last order.

    Orders that were canceled, unpaid, are left out.
    """

    orders: int = 0
    state: str = ""
    amount_in: Decimal = Decimal(0)
    amount_back: Decimal = Decimal(0)
    documents: int = 0


def expected_outcome(purchase: Purchase) -> Outcome:
    price = purchase.price.amount
    return Outcome(
        orders=1,
        state=OrderState.REFUNDED if purchase.is_given_back else OrderState.VALIDATED,
        amount_in=price,
        amount_back=price if purchase.is_given_back else Decimal(0),
        documents=0 if purchase.is_free else 1 + purchase.is_given_back,
    )


def read_outcomes(purchases: Sequence[Purchase]) -> dict[Purchase, Outcome]:
    """Read the books, in three statements for each ``CHUNK``."""
    outcomes: dict[Purchase, Outcome] = {}
    remaining = iter(purchases)
    while chunk := list(islice(remaining, CHUNK)):
        found = _read(chunk)
        outcomes |= {purchase: found[purchase.name] for purchase in chunk}
    return outcomes


def differences(outcomes: Mapping[Purchase, Outcome]) -> Iterator[tuple[Purchase, str]]:
    """Say what is not as the data says."""
    for purchase, seen in outcomes.items():
        expected = expected_outcome(purchase)
        parts = [
            f"{name.replace('_', ' ')} {getattr(seen, name) or 'nothing'} "
            f"instead of {getattr(expected, name) or 'nothing'}"
            for name in Outcome.__annotations__
            if getattr(seen, name) != getattr(expected, name)
        ]
        if parts:
            yield purchase, ", ".join(parts)


def _read(chunk: Sequence[Purchase]) -> Mapping[Name, Outcome]:
    orders = Order.objects.exclude(state=OrderState.CANCELED).order_by("created_on")
    documents = ProformaInvoice.objects.order_by()
    lines = Transaction.objects.filter(is_suspense=False).order_by()
    found: dict[Name, Outcome] = defaultdict(Outcome)
    for name, state in _of(chunk, orders, "", "state"):
        found[name] = replace(found[name], orders=found[name].orders + 1, state=state)
    for name, amount_in, amount_back in _of(
        chunk,
        lines,
        "payment__order__",
        amount_in=Sum("total", filter=Q(total__gt=0), default=Decimal(0)),
        amount_back=-Sum("total", filter=Q(total__lt=0), default=Decimal(0)),
    ):
        found[name] = replace(found[name], amount_in=amount_in, amount_back=amount_back)
    for name, count in _of(chunk, documents, "order__", count=Count("pk")):
        found[name] = replace(found[name], documents=count)
    return found


def _of(
    chunk: Sequence[Purchase], rows: QuerySet[Any], order: str, *values: str, **sums: Any
) -> Iterator[tuple[Any, ...]]:
    """Give values, or sums of rows, by the name of the purchase; ``order`` is the path to it."""
    name = f"{order}owner__{get_user_model().USERNAME_FIELD}", f"{order}product_id"
    ours = rows.filter(**of_learners(chunk, owner=f"{order}owner"))
    for username, product_id, *read in ours.values_list(*name, *values).annotate(**sums):
        yield (username, product_id), *read
