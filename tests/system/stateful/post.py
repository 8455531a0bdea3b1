"""What the provider has to tell: it may arrive in any order, more than once, or not at all."""

import time
from dataclasses import dataclass

from django.test import RequestFactory
from tests.shop import SECRET

from joanie.emulators.dummy.events import SIGNATURE_HEADER, sign
from joanie.emulators.kit.deliveries import Deliveries
from joanie.payment.services.intake import Receipt, receive_notification


@dataclass(frozen=True)
class Letter:
    id: str
    type: str
    body: bytes


class Post:
    """Takes the notifications that the emulator was told to hold, and brings them by hand."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self.waiting: list[Letter] = []
        self.brought: list[Letter] = []
        self.lost: list[Letter] = []
        self._taken = 0

    def collect(self) -> None:
        log = self._deliveries.log()
        for entry in log[self._taken :]:
            self.waiting.append(Letter(entry["id"], entry["type"], entry["body"].encode()))
        self._taken = len(log)

    def bring(self, letter: Letter) -> None:
        """Bring it over HTTP's threshold, signed now. What is true is always taken."""
        request = RequestFactory().post(
            "/api/v1.0/payments/notifications/dummy/",
            letter.body,
            content_type="application/json",
            headers={SIGNATURE_HEADER: sign(SECRET, letter.body, int(time.time()))},
        )
        receipt = receive_notification("dummy", request)
        assert isinstance(receipt, Receipt)
        if letter in self.waiting:
            self.waiting.remove(letter)
            self.brought.append(letter)

    def lose(self, letter: Letter) -> None:
        self.waiting.remove(letter)
        self.lost.append(letter)
