"""What a learner finds in the catalogue, and can buy once."""

from collections.abc import Iterable
from dataclasses import dataclass

from joanie.common.money import Money, parse_money, round_to_minor_unit
from joanie.demo.exceptions import DemoFailed
from joanie.demo.learner import Json


@dataclass(frozen=True)
class Offer:
    course: str
    product: str
    title: str
    price: Money

    @property
    def is_free(self) -> bool:
        return bool(self.price.amount == 0)


class Shelf:
    """The offers not bought yet."""

    def __init__(self, courses: Iterable[Json]) -> None:
        self._offers = [
            Offer(course["code"], product["id"], product["title"], read_money(product, "price"))
            for course in courses
            for product in course["products"]
        ]

    def __len__(self) -> int:
        return len(self._offers)

    @property
    def currencies(self) -> list[str]:
        """List the currencies that something costs, in the order of the catalogue."""
        return list(dict.fromkeys(str(each.price.currency) for each in self._offers))

    def look(self, currency: str, *, is_free: bool = False) -> Offer:
        """Raises DemoFailed when nothing like that is left."""
        for offer in self._offers:
            if (str(offer.price.currency), offer.is_free) == (currency, is_free):
                return offer
        raise DemoFailed(f"The catalogue has nothing more to buy in {currency}.")

    def take(self, currency: str, *, is_free: bool = False) -> Offer:
        """Raises DemoFailed when nothing like that is left."""
        offer = self.look(currency, is_free=is_free)
        self._offers.remove(offer)
        return offer


def read_money(content: Json, field: str) -> Money:
    return parse_money(content[field], content[f"{field}_currency"])


def describe_money(money: Money) -> str:
    return f"{money.currency} {round_to_minor_unit(money).amount:,}"
