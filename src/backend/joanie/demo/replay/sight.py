"""What the shop knows of the purchases: read from its database in bulk, not one by one."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.contrib.auth import get_user_model
from django.db.models import F

from joanie.core.models import Order
from joanie.demo.replay.plan import Purchase
from joanie.payment.enums import OPEN_PAYMENT_STATES, PaymentState

Name = tuple[str, uuid.UUID]
CHUNK = 1000


@dataclass(frozen=True)
class Attempt:
    """One attempt to pay. ``reference`` and ``url`` are the provider's, empty while unknown."""

    id: uuid.UUID
    state: str
    reference: str
    url: str

    @property
    def is_payable(self) -> bool:
        return self.state in OPEN_PAYMENT_STATES and bool(self.url)


@dataclass(frozen=True)
class Seen:
    """The latest order of a purchase, with the attempt that paid it or else the latest."""

    order_id: uuid.UUID
    state: str
    attempt: Attempt | None


def look(purchases: Sequence[Purchase]) -> Mapping[Name, Seen]:
    """Give what there is of these purchases, by name: one statement for each ``CHUNK``."""
    remaining = iter(purchases)
    seen: dict[Name, Seen] = {}
    while chunk := list(islice(remaining, CHUNK)):
        for name, order_id, state, attempt in _read(chunk):
            known = seen.get(name)
            if known is None or known.order_id != order_id or not _is_paid(known.attempt):
                seen[name] = Seen(order_id, state, attempt)
    return seen


def of_learners(purchases: Iterable[Purchase], *, owner: str) -> dict[str, object]:
    """Give the filter on a path to the owner that keeps the learners of these purchases."""
    usernames = {purchase.username for purchase in purchases}
    return {f"{owner}__{get_user_model().USERNAME_FIELD}__in": usernames}


def _read(chunk: Sequence[Purchase]) -> Iterable[tuple[Name, uuid.UUID, str, Attempt | None]]:
    rows = (
        Order.objects.filter(**of_learners(chunk, owner="owner"))
        .order_by("created_on", "pk", "payments__created_on")
        .values_list(
            F(f"owner__{get_user_model().USERNAME_FIELD}"),
            "product_id",
            "pk",
            "state",
            "payments__pk",
            "payments__state",
            "payments__provider_reference",
            "payments__url",
        )
    )
    for username, product_id, order_id, state, *attempt in rows:
        yield (username, product_id), order_id, state, Attempt(*attempt) if attempt[0] else None


def _is_paid(attempt: Attempt | None) -> bool:
    return attempt is not None and attempt.state == PaymentState.SUCCEEDED
