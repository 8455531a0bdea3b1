"""The steps of the demo: what a learner does, from the catalogue to the credit note."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from joanie.demo.browser import Browser
from joanie.demo.counterpart import Counterpart
from joanie.demo.documents import save_document
from joanie.demo.exceptions import DemoFailed
from joanie.demo.learner import Json, Learner
from joanie.demo.narration import Narrator
from joanie.demo.offers import Offer, Shelf, describe_money, read_money
from joanie.demo.tills import Till, open_till
from joanie.payment.conformance.harness import Card, Feature

ADDRESS = {
    "title": "Home",
    "first_name": "Demo",
    "last_name": "Learner",
    "address": "5 rue des Exemples",
    "postcode": "75000",
    "city": "Paris",
    "country": "FR",
}


# How providers call a payment that nobody can make any more.
CLOSED = ("canceled", "expired")
IN_CURRENCY = {"EUR": "in euros", "GBP": "in pounds", "JPY": "in yen"}


class Walk:
    """``reconcile`` has the shop compare with the provider, as it does each night."""

    def __init__(
        self,
        learner: Learner,
        browser: Browser,
        narrator: Narrator,
        counterpart: Counterpart,
        *,
        directory: Path,
        reconcile: Callable[[], None],
    ) -> None:
        self._learner = learner
        self._browser = browser
        self._narrator = narrator
        self._counterpart = counterpart
        self._directory = directory
        self._reconcile = reconcile
        self._billing_address: Json = {}
        self._shelf = Shelf([])
        self._currencies: list[str] = []
        self._till: Till
        self._offers: dict[str, Offer] = {}
        self._documents: dict[str, list[str]] = {}

    def run(self) -> None:
        """Take every step. Raises DemoFailed at the first one that goes wrong."""
        self.browse()
        self.save_address()
        paid = self.pay_a_first_time()
        self.pay_in_one_click()
        self.try_again_after_a_decline()
        self.pass_a_challenge()
        self.abort()
        self.get_the_money_back(paid)
        self.take_a_free_product()

    def browse(self) -> None:
        self._narrator.step("Look at the catalogue")
        courses = self._learner.courses()
        self._shelf = Shelf(courses)
        self._narrator.result(f"{len(courses)} courses, {len(self._shelf)} products")
        offer = self._shelf.look("EUR")
        product = self._learner.product(offer.product, course=offer.course, language="fr")
        self._narrator.result(f"{offer.title}; in French: {product['title']}")
        methods = {each: self._find_method(each) for each in self._shelf.currencies}
        self._currencies = [each for each, method in methods.items() if method]
        method = next(filter(None, methods.values()), None)
        if method is None:
            taken = ", ".join(methods)
            raise DemoFailed(f"{self._counterpart.label} takes none of {taken}.")
        self._till = open_till(method, self._browser, self._counterpart.cards, self._learner)
        self._narrator.result(
            f"{describe_money(offer.price)}, to be paid with {method['label']} "
            f"({method['flow']}), which takes {', '.join(self._currencies)}"
        )

    def save_address(self) -> None:
        self._narrator.step("Save an address, to be billed at")
        saved = self._learner.save_address(ADDRESS)
        kept = ("first_name", "last_name", "address", "postcode", "city", "country")
        self._billing_address = {name: saved[name] for name in kept}

    def pay_a_first_time(self) -> Json:
        self._narrator.step(f"Buy {self._till.where}, and save the card there")
        order = self._buy(self._take("EUR"), Card.GOOD, saves_card=True)
        self._narrator.say(self._till.who_tells)
        self._receive(order)
        return order

    def pay_in_one_click(self) -> None:
        offer = self._take("JPY")
        self._narrator.step(f"Buy in one click with the saved card, {_currency_of(offer)}")
        cards = self._learner.credit_cards()
        if not cards:
            raise DemoFailed("The card was not saved.")
        card = cards[0]
        order = self._order(offer, credit_card_id=card["id"])
        if not order["payment_info"]["is_paid"]:
            raise DemoFailed("The saved card did not pay at once.")
        self._narrator.result(f"Paid with {card['brand']} ···· {card['last_numbers']}, no page")
        self._receive(order)

    def try_again_after_a_decline(self) -> None:
        offer = self._take("GBP")
        self._narrator.step(
            f"Have a card declined, pay the same order with another, {_currency_of(offer)}"
        )
        order = self._buy(offer, Card.NO_FUNDS)
        failed = self._learner.wait_for(order, "failed", lambda seen: seen["state"] == "failed")
        self._narrator.result(f"Declined: {failed['payment']['failure_code']}")
        self._till.pay(partial(self._try_again, order), Card.OTHER_GOOD)
        self._receive(order)

    def pass_a_challenge(self) -> None:
        self._narrator.step(f"Have the bank ask for 3-D Secure, {self._till.then}")
        self._receive(self._buy(self._take("EUR"), Card.CHALLENGED))

    def abort(self) -> None:
        if Feature.HOSTED_PAGE in self._counterpart.lacks:
            return self._abort_after_a_decline()
        self._narrator.step("Change one's mind in front of the provider's page")
        order = self._order(self._take("EUR"))
        self._browser.open(order["payment_info"]["url"])
        self._abort(order)
        status = self._browser.status_on_dashboard(order["payment_info"]["payment_id"])
        if status not in CLOSED:
            raise DemoFailed(f"The provider shows the payment as {status}: it is still open.")
        self._narrator.result(f"The order is canceled here, the payment {status} at the provider")
        return None

    def get_the_money_back(self, order: Json) -> None:
        self._narrator.step("Have the money given back on the provider's dashboard")
        self._browser.refund(order["payment_info"]["payment_id"], read_money(order, "total"))
        if Feature.REFUND_ELSEWHERE in self._counterpart.lacks:
            self._narrator.say("The provider does not tell: the shop compares, as each night.")
            self._reconcile()
        refunded = self._learner.wait_for(order, "refunded, without access", _has_lost_access)
        self._narrator.result("Refunded, and no longer enrolled")
        self._download(order, refunded["proforma_invoices"][-1]["reference"])

    def take_a_free_product(self) -> None:
        self._narrator.step("Order what costs nothing")
        order = self._order(self._shelf.take("EUR", is_free=True))
        if order["state"] != "validated" or order.get("payment_info"):
            raise DemoFailed("A free product should be validated at once, with nothing to pay.")
        self._narrator.say("Validated at once: there is no payment, and no document.")
        self._get_access(order)

    def leave_a_page_open(self) -> str:
        """Order something more; return the provider's page where somebody else may pay it.

        There is none where a form in the catalogue takes the card before anything is ordered.
        """
        if Feature.HOSTED_PAGE in self._counterpart.lacks:
            return ""
        self._narrator.step("Leave something to pay for you")
        order = self._order(self._take("GBP"))
        return str(order["payment_info"]["url"])

    def sum_up(self) -> None:
        """Show the orders as the API tells them now, the oldest first."""
        rows = [
            (
                self._offers[order["id"]].title,
                order["state"],
                describe_money(read_money(order, "total")),
                ", ".join(self._documents.get(order["id"], [])),
            )
            for order in reversed(self._learner.orders())
        ]
        self._narrator.table(("Product", "Order", "Total", "Documents"), rows)

    def _order(self, offer: Offer, **payment: Any) -> Json:
        if not offer.is_free:
            payment["billing_address"] = self._billing_address
        order = self._learner.order(course=offer.course, product=offer.product, **payment)
        self._offers[order["id"]] = offer
        self._narrator.result(f"Ordered: {offer.title}, {describe_money(offer.price)}")
        return order

    def _find_method(self, currency: str) -> Json | None:
        """Find how the counterpart is paid, if it takes the currency."""
        methods = self._learner.payment_methods(self._shelf.look(currency).product)
        return next((each for each in methods if each["name"] == self._counterpart.alias), None)

    def _take(self, currency: str) -> Offer:
        """Take something in that currency, or in one that the provider takes."""
        is_taken = currency in self._currencies
        return self._shelf.take(currency if is_taken else self._currencies[0])

    def _buy(self, offer: Offer, card: Card, *, saves_card: bool = False) -> Json:
        return self._till.pay(partial(self._order, offer), card, saves_card=saves_card)

    def _try_again(self, order: Json, **payment: Any) -> Json:
        return self._learner.pay_again(order, billing_address=self._billing_address, **payment)

    def _abort_after_a_decline(self) -> None:
        """Where a card comes first, there is no order before the first one was declined."""
        self._narrator.step("Give up after a card was declined")
        order = self._buy(self._take("EUR"), Card.DECLINED)
        self._abort(order)
        self._narrator.result("The order is canceled, and nothing was paid")

    def _abort(self, order: Json) -> None:
        self._learner.abort(order, order["payment_info"]["payment_id"])
        self._learner.wait_for(order, "canceled", lambda seen: seen["state"] == "canceled")

    def _receive(self, order: Json) -> None:
        """Get what was paid for: access to the course, and the pro forma invoice."""
        validated = self._get_access(order)
        self._download(order, validated["main_proforma_invoice"])

    def _get_access(self, order: Json) -> Json:
        validated = self._learner.wait_for(order, "validated, with access", _has_access)
        run = validated["enrollments"][0]["course_run"]
        self._narrator.result(f"Validated, and enrolled in {run['resource_link']}")
        return validated

    def _download(self, order: Json, reference: str) -> None:
        path = self._directory / f"{reference}.pdf"
        described = save_document(self._learner.document(order, reference), path)
        self._documents.setdefault(order["id"], []).append(reference)
        self._narrator.result(str(path))
        self._narrator.say(f"  {described}")


def _currency_of(offer: Offer) -> str:
    currency = str(offer.price.currency)
    return IN_CURRENCY.get(currency, f"in {currency}")


def _has_access(order: Json) -> bool:
    return order["state"] == "validated" and any(map(_is_active, order["enrollments"]))


def _has_lost_access(order: Json) -> bool:
    return order["state"] == "refunded" and not any(map(_is_active, order["enrollments"]))


def _is_active(enrollment: Json) -> bool:
    return bool(enrollment["is_active"])
