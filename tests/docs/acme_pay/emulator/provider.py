from collections.abc import Iterable

from flask.typing import ResponseReturnValue
from tests.docs.acme_pay.emulator.cards import TEST_CARDS
from tests.docs.acme_pay.emulator.events import make_notifications

from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.acquirer.provider import Provider
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.errors import ApiError


class AcmeProvider(Provider):
    """What is particular to Acme Pay. ``Provider`` says what else may be."""

    name = "acme"
    label = "Acme Pay"
    test_cards = TEST_CARDS
    failed_challenge = "not_authenticated"

    def answer(self, error: ApiError) -> ResponseReturnValue:
        """A card that Acme Pay does not know is not found, like all that it does not know."""
        is_unknown_card = error.error["code"] == "card_unknown"
        return {"error": str(error)}, 404 if is_unknown_card else int(error.status)

    def notifications(self, event: Event) -> Iterable[Notification]:
        return make_notifications(event)
