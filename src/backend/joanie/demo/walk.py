"""The steps of the demo: what a learner does, from the catalogue to the credit note."""

from pathlib import Path
from typing import Any

from joanie.demo.browser import Browser
from joanie.demo.documents import save_document
from joanie.demo.exceptions import DemoFailed
from joanie.demo.learner import Json, Learner
from joanie.demo.narration import Narrator
from joanie.demo.offers import Offer, Shelf, describe_money, read_money

ADDRESS = {
    "title": "Home",
    "first_name": "Demo",
    "last_name": "Learner",
    "address": "5 rue des Exemples",
    "postcode": "75000",
    "city": "Paris",
    "country": "FR",
}


class Walk:
    def __init__(
        self,
        learner: Learner,
        browser: Browser,
        narrator: Narrator,
        *,
        directory: Path,
    ) -> None:
        self._learner = learner
        self._browser = browser
        self._narrator = narrator
        self._directory = directory
        self._billing_address: Json = {}
        self._shelf = Shelf([])
        self._offers: dict[str, Offer] = {}
        self._documents: dict[str, list[str]] = {}

    def run(self) -> None:
        """Take every step. Raises DemoFailed at the first one that goes wrong."""
        self.browse()
        self.save_address()
        paid = self.pay_on_the_hosted_page()
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
        methods = self._learner.payment_methods(offer.product)
        names = ", ".join(f"{method['label']} ({method['flow']})" for method in methods)
        self._narrator.result(f"{describe_money(offer.price)}, to be paid with {names}")

    def save_address(self) -> None:
        self._narrator.step("Save an address, to be billed at")
        saved = self._learner.save_address(ADDRESS)
        kept = ("first_name", "last_name", "address", "postcode", "city", "country")
        self._billing_address = {name: saved[name] for name in kept}

    def pay_on_the_hosted_page(self) -> Json:
        self._narrator.step("Buy on the provider's page, and save the card there")
        order = self._order(self._shelf.take("EUR"), save_card=True)
        self._browser.pay(order["payment_info"]["url"], "success", saves_card=True)
        self._narrator.say("The browser never comes back: the provider's notification is enough.")
        self._receive(order)
        return order

    def pay_in_one_click(self) -> None:
        self._narrator.step("Buy in one click with the saved card, in yen")
        cards = self._learner.credit_cards()
        if not cards:
            raise DemoFailed("The card was not saved.")
        card = cards[0]
        order = self._order(self._shelf.take("JPY"), credit_card_id=card["id"])
        if not order["payment_info"]["is_paid"]:
            raise DemoFailed("The saved card did not pay at once.")
        self._narrator.result(f"Paid with {card['brand']} ···· {card['last_numbers']}, no page")
        self._receive(order)

    def try_again_after_a_decline(self) -> None:
        self._narrator.step("Have a card declined, pay the same order with another, in pounds")
        order = self._order(self._shelf.take("GBP"))
        self._browser.pay(order["payment_info"]["url"], "insufficient_funds")
        failed = self._learner.wait_for(order, "failed", lambda seen: seen["state"] == "failed")
        self._narrator.result(f"Declined: {failed['payment']['failure_code']}")
        retried = self._learner.pay_again(order, billing_address=self._billing_address)
        self._browser.pay(retried["payment_info"]["url"], "success_mastercard")
        self._receive(order)

    def pass_a_challenge(self) -> None:
        self._narrator.step("Have the bank ask for 3-D Secure, and come back from its page")
        order = self._order(self._shelf.take("EUR"))
        challenge = self._browser.pay(order["payment_info"]["url"], "three_d_secure")
        self._browser.open(self._browser.confirm_challenge(challenge))
        self._receive(order)

    def abort(self) -> None:
        self._narrator.step("Change one's mind in front of the provider's page")
        order = self._order(self._shelf.take("EUR"))
        payment_id = order["payment_info"]["payment_id"]
        self._browser.open(order["payment_info"]["url"])
        self._learner.abort(order, payment_id)
        self._learner.wait_for(order, "canceled", lambda seen: seen["state"] == "canceled")
        self._expect_on_dashboard(payment_id, "canceled")

    def get_the_money_back(self, order: Json) -> None:
        self._narrator.step("Have the money given back on the provider's dashboard")
        self._browser.refund(order["payment_info"]["payment_id"], read_money(order, "total"))
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
        """Order something more; return the provider's page where somebody else may pay it."""
        self._narrator.step("Leave something to pay for you")
        order = self._order(self._shelf.take("GBP"))
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

    def _expect_on_dashboard(self, payment_id: str, status: str) -> None:
        seen = self._browser.status_on_dashboard(payment_id)
        if seen != status:
            raise DemoFailed(f"The provider shows the payment as {seen}, not {status}.")
        self._narrator.result(f"The order is {status} here, the payment {status} at the provider")

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


def _has_access(order: Json) -> bool:
    return order["state"] == "validated" and any(map(_is_active, order["enrollments"]))


def _has_lost_access(order: Json) -> bool:
    return order["state"] == "refunded" and not any(map(_is_active, order["enrollments"]))


def _is_active(enrollment: Json) -> bool:
    return bool(enrollment["is_active"])
