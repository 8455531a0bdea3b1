"""How a learner pays a first time: on the provider's page, or by its form in the catalogue's."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from joanie.demo.browser import Browser
from joanie.demo.exceptions import DemoFailed
from joanie.demo.learner import Json, Learner
from joanie.payment.conformance.harness import Card

# Places an order, or tries to pay one again, with what the browser has to say about the payment.
Ask = Callable[..., Json]


class Till(ABC):
    """``cards`` are ids of the provider's test cards, ``who_tells`` is how we hear of payments."""

    where: ClassVar[str]
    then: ClassVar[str]
    who_tells: ClassVar[str]

    def __init__(self, browser: Browser, cards: Mapping[Card, str]) -> None:
        self._browser = browser
        self._cards = cards

    @abstractmethod
    def pay(self, ask: Ask, card: Card, *, saves_card: bool = False) -> Json:
        """Ask, pay with a card, pass its challenge if there is one; return what was answered."""


class HostedPage(Till):
    """The browser goes to the provider's page, with what was ordered."""

    where = "on the provider's page"
    then = "and come back from its page"
    who_tells = "The browser never comes back: the provider's notification is enough."

    def pay(self, ask: Ask, card: Card, *, saves_card: bool = False) -> Json:
        asked = ask(save_card=True) if saves_card else ask()
        page = asked["payment_info"]["url"]
        next_page = self._browser.pay(page, self._cards[card], saves_card=saves_card)
        if card is Card.CHALLENGED:
            self._browser.open(self._browser.confirm_challenge(next_page))
        return asked


class ClientForm(Till):
    """A form of the provider turns a card into a nonce; it is ordered with that."""

    where = "with the provider's form"
    then = "and pass it in the form"
    who_tells = "The card was charged while it was ordered: no notification is waited for."

    def __init__(
        self, browser: Browser, cards: Mapping[Card, str], learner: Learner, method: str
    ) -> None:
        super().__init__(browser, cards)
        self._learner = learner
        self._method = method

    def pay(self, ask: Ask, card: Card, *, saves_card: bool = False) -> Json:
        token = self._learner.client_token(self._method)
        is_challenged = card is Card.CHALLENGED
        nonce = self._browser.type_card(token, self._cards[card], passes_challenge=is_challenged)
        return ask(payment_method_nonce=nonce, save_card=saves_card)


def open_till(method: Json, browser: Browser, cards: Mapping[Card, str], learner: Learner) -> Till:
    """Raises DemoFailed for a way to pay that nobody here knows."""
    match method["flow"]:
        case "redirect":
            return HostedPage(browser, cards)
        case "client_token":
            return ClientForm(browser, cards, learner, method["name"])
    raise DemoFailed(f"The demo cannot pay by {method['flow']}, as {method['label']} wants it.")
