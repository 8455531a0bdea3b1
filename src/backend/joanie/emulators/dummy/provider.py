from collections.abc import Iterable
from typing import Any

from joanie.emulators.dummy.cards import MAGIC_AMOUNTS, REFUSED_AT_CREATION, TEST_CARDS
from joanie.emulators.dummy.events import make_notification
from joanie.emulators.dummy.wire import as_json
from joanie.emulators.kit.acquirer.cards import Outcome, TestCard
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.acquirer.provider import Provider
from joanie.emulators.kit.acquirer.records import Dispute, Payment, Refund
from joanie.emulators.kit.deliveries import Notification


class DummyProvider(Provider):
    """No company behind it, no money in it. Its amounts win over its cards."""

    name = "dummy"
    label = "Dummy payments"
    test_cards = TEST_CARDS
    has_endpoint = False

    def notifications(self, event: Event) -> Iterable[Notification]:
        return [make_notification(event)]

    def outcome_at_creation(self, payment: Payment) -> Outcome | None:
        if payment.amount == REFUSED_AT_CREATION:
            return MAGIC_AMOUNTS[REFUSED_AT_CREATION]
        return None

    def outcome_on_page(self, payment: Payment, test_card: TestCard) -> Outcome:
        return MAGIC_AMOUNTS.get(payment.amount, test_card.on_page)

    def outcome_in_one_click(self, payment: Payment, test_card: TestCard) -> Outcome:
        return MAGIC_AMOUNTS.get(payment.amount, test_card.in_one_click)

    def show(self, record: Payment | Refund | Dispute) -> dict[str, Any]:
        return as_json(record)
