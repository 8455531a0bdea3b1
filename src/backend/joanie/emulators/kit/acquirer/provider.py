"""All that is particular to one provider. What it does not say is as most providers do it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer.accounts import Account, Accounts, authenticate_bearer
from joanie.emulators.kit.acquirer.addresses import PAYMENT_PATH, SETUP_PATH, url_of_payment
from joanie.emulators.kit.acquirer.cards import Outcome, TestCard
from joanie.emulators.kit.acquirer.events import Event
from joanie.emulators.kit.acquirer.languages import TEXTS, Texts
from joanie.emulators.kit.acquirer.records import Dispute, Payment, Refund
from joanie.emulators.kit.controls import InstructionReader
from joanie.emulators.kit.deliveries import Notification
from joanie.emulators.kit.errors import ApiError
from joanie.emulators.kit.identifiers import new_id

PREFIXES = MappingProxyType(
    {"payment": "pay", "refund": "re", "setup": "seti", "card": "card", "dispute": "dp"}
)


class Provider(ABC):
    """One instance plays in one emulator. It remembers nothing: that is the state's.

    ``payment_path`` and ``setup_path`` are where its hosted pages are; empty, there is none. A
    decline that is not final leaves the page open for another card. Without an endpoint, each
    payment says where it is told of. ``texts`` are words of its own for the pages: ``card.<id of
    a test card>`` says what that card does.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    test_cards: ClassVar[Mapping[str, TestCard]]
    id_prefixes: ClassVar[Mapping[str, str]] = PREFIXES
    texts: ClassVar[Texts] = {}
    payment_path: ClassVar[str] = PAYMENT_PATH
    setup_path: ClassVar[str] = SETUP_PATH
    declines_are_final: ClassVar[bool] = True
    cancel_button_cancels: ClassVar[bool] = True
    has_endpoint: ClassVar[bool] = True
    saves_a_card_once: ClassVar[bool] = True
    failed_challenge: ClassVar[str] = "authentication_failed"
    failed_refund: ClassVar[str] = "processing_error"

    @abstractmethod
    def notifications(self, event: Event) -> Iterable[Notification]:
        """Say it to the merchant: once, several times, or not at all."""

    def authenticate(self, accounts: Accounts) -> Account:
        """Say which account calls the API. Raises ApiError 401 when it is none of ours."""
        return authenticate_bearer(accounts)

    def answer(self, error: ApiError) -> ResponseReturnValue:
        """Word an error of the API as the provider does.

        The codes of the kit: ``unauthorized``, ``rate_limited``, ``internal_error``,
        ``invalid_request`` (has ``param``), ``not_found``, ``card_unknown``, ``declined`` (has
        ``failure_code`` and ``payment``), ``already_settled``, ``payment_already_paid``,
        ``payment_processing``, ``payment_not_paid``, ``refund_too_large``, ``dispute_too_large``,
        ``idempotency_mismatch``, ``idempotency_in_use``.
        """
        return error.answer()

    # Who decides how it ends ---------------------------------------------------------------------

    def outcome_at_creation(self, payment: Payment) -> Outcome | None:  # noqa: ARG002
        """Refuse at once, or say nothing."""
        return None

    def outcome_on_page(self, payment: Payment, test_card: TestCard) -> Outcome:  # noqa: ARG002
        return test_card.on_page

    def outcome_in_one_click(self, payment: Payment, test_card: TestCard) -> Outcome:  # noqa: ARG002
        return test_card.in_one_click

    # Names and addresses -------------------------------------------------------------------------

    def new_id(self, kind: str) -> str:
        """Make the id of a payment, refund, setup, card, dispute, or of what is its own."""
        return new_id(self.id_prefixes.get(kind, kind))

    def url_of(self, payment: Payment) -> str | None:
        """Say where the learner has to go; nowhere when nothing is asked of them."""
        return url_of_payment(payment, self.payment_path) if self.payment_path else None

    def may_choose_to_save(self, payment: Payment) -> bool:  # noqa: ARG002
        """Say whether the page asks; when it does not, ``saves_card`` has decided."""
        return True

    def words(self, language: str) -> Mapping[str, str]:
        return {**TEXTS[language], **self.texts.get(language, {})}

    def show(self, record: Payment | Refund | Dispute) -> dict[str, Any]:
        """Show what the controls changed, to whoever changed it."""
        return {
            "id": record.id,
            "status": record.status,
            "amount": record.amount,
            "currency": record.currency,
        }

    # What only this provider has -----------------------------------------------------------------

    def own_instructions(self) -> Mapping[str, InstructionReader]:
        """List what can be told to this provider alone, over ``/control``."""
        return {}

    def actions(self, payment: Payment) -> Mapping[str, str]:  # noqa: ARG002
        """List what else its staff can do with a payment: the action, and what its button says."""
        return {}

    def act(self, action: str, payment: Payment) -> None:
        """Do one of these actions."""
        raise NotImplementedError
