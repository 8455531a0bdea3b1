"""The learner's browser on the provider's pages, and the merchant's on its dashboard."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import httpx

from joanie.common.money import Money, to_minor_units
from joanie.demo.exceptions import UnexpectedAnswer


class Browser:
    """``watch`` is told about every answer."""

    def __init__(self, provider: str, *, watch: Callable[[httpx.Response], None]) -> None:
        self._provider = provider
        self._http = httpx.Client(
            event_hooks={"response": [httpx.Response.read, watch]}, timeout=30, trust_env=False
        )

    def close(self) -> None:
        self._http.close()

    def pay(self, page: str, card: str, *, saves_card: bool = False) -> str:
        """Choose a card on the hosted page and press Pay; return where the provider sends us."""
        self.open(page)
        form = {"action": "pay", "card": card} | ({"save_card": "on"} if saves_card else {})
        return self._submit(page, form)

    def confirm_challenge(self, page: str) -> str:
        """Tell the bank, on its 3-D Secure page, that it is us; return where it sends us."""
        self.open(page)
        return self._submit(page, {"action": "confirm"})

    def type_card(self, client_token: str, card: str, *, passes_challenge: bool = False) -> str:
        """Choose a card in the provider's form, which stands in a catalogue's page; get a nonce.

        Whoever passes the challenge of their bank does so before there is a nonce.
        """
        token = urlencode({"client_token": client_token})
        page = f"{self._provider}/client-sdk?{token}"
        self.open(page)
        form = {"card": card} | ({"three_d_secure": "passed"} if passes_challenge else {})
        response = self._http.post(page, data=form)
        found = re.search(r"<code>([^<]+)</code>", response.text)
        if response.is_error or found is None:
            raise UnexpectedAnswer(f"The provider's form answered {response.status_code}.")
        return found[1]

    def open(self, page: str) -> str:
        response = self._http.get(page)
        if response.is_error:
            raise UnexpectedAnswer(f"{page} answered {response.status_code}.")
        return response.text

    def refund(self, payment_id: str, amount: Money) -> None:
        """Press Refund on the provider's dashboard, which counts in minor units."""
        action = f"{self._provider}/dashboard/payments/{payment_id}/refund"
        self._submit(action, {"amount": str(to_minor_units(amount))})

    def status_on_dashboard(self, payment_id: str) -> str:
        """Read it beside the payment, or beside what else the provider calls by that id."""
        articles = self.open(f"{self._provider}/").split("<article")
        shown = next((each for each in articles if payment_id in each), "")
        found = re.search(r'class="status (\w+)"', shown)
        if found is None:
            raise UnexpectedAnswer(f"The provider's dashboard does not show {payment_id}.")
        return found[1]

    def _submit(self, action: str, form: dict[str, str]) -> str:
        response = self._http.post(action, data=form)
        if not response.has_redirect_location:
            raise UnexpectedAnswer(f"POST {action} answered {response.status_code}.")
        return str(httpx.URL(action).join(response.headers["Location"]))
