"""What is to happen: a purchase for each registration, and its refund when the student left."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from joanie.common.money import Money
from joanie.demo.catalogue import product_id
from joanie.demo.dataset import Registration, read_presentations, read_sellers
from joanie.demo.exceptions import DemoFailed

# One document in so many is downloaded and read: rendering all of them would take hours.
SAMPLED_EVERY = 50
USERNAME_PREFIX = "oulad-"

NAMESPACE = uuid.UUID("5f1b8e0e-57a2-4a3c-9d0c-8d8c2f6f3b0a")


@dataclass(frozen=True)
class Purchase:
    """A registration, as the shop sees it. ``is_sampled``: its documents are downloaded."""

    registration: Registration
    product_id: uuid.UUID
    price: Money
    is_sampled: bool

    def __str__(self) -> str:
        return str(self.registration)

    @property
    def username(self) -> str:
        return f"{USERNAME_PREFIX}{self.registration.student}"

    @property
    def name(self) -> tuple[str, uuid.UUID]:
        """How the shop tells it from the others: nobody buys a product twice."""
        return self.username, self.product_id

    @property
    def is_free(self) -> bool:
        return bool(self.price.amount == 0)

    @property
    def is_given_back(self) -> bool:
        """Say whether there is money to give back: who leaves a free presentation has none."""
        return self.registration.has_left and not self.is_free

    @property
    def is_given_back_at_once(self) -> bool:
        """Say whether the student left before the first day, while the payment may be unheard of.

        Where notifications go wrong, such a refund is made in the provider's dashboard at once.
        """
        left_on = self.registration.left_on
        return self.is_given_back and left_on is not None and left_on < 0


def make_plan(registrations: Iterable[Registration], limit: int | None = None) -> list[Purchase]:
    """Give the first purchases, or all, in an order that is always the same.

    Registrations of an unknown day come first, so that the shortest replay has them; then the
    earliest, counted from the start of each presentation; on the same day as in the file.
    Raises DemoFailed for a presentation that is not sold.
    """
    offers = _offers()
    ordered = sorted(registrations, key=_when)[:limit]
    try:
        return [
            Purchase(each, *offers[each.module, each.presentation], number % SAMPLED_EVERY == 0)
            for number, each in enumerate(ordered)
        ]
    except KeyError as error:
        raise DemoFailed(f"Nobody sells the presentation {' '.join(error.args[0])}.") from error


def idempotency_key(purchase: Purchase, step: str, follows: str) -> str:
    """Name a request so that it is the same after a kill, and another when something happened.

    ``follows`` is what the shop had of the purchase before.
    """
    return str(uuid.uuid5(NAMESPACE, f"{purchase}/{step}/{follows}"))


def _when(registration: Registration) -> tuple[bool, int]:
    day = registration.registered_on
    return day is not None, day or 0


def _offers() -> dict[tuple[str, str], tuple[uuid.UUID, Money]]:
    sellers = read_sellers()
    return {
        (each.module, each.code): (product_id(each), seller.price_of(each))
        for each in read_presentations()
        for seller in sellers
        if seller.sells(each)
    }
