"""The moments at which a process may die: two systems know different things, and nothing is lost.

Each is named here, and reached at one place in the code. Tests kill a process there, and look at
what is found afterwards. Nobody else ever watches, and no setting can make anybody watch.
"""

from collections.abc import Callable
from enum import Enum
from functools import partial

from django.db import transaction


class CrashPoint(Enum):
    """What has happened by then."""

    # Paying
    ORDER_GIVEN_UP = "the order whose offer changed is canceled for another one, not committed"
    ATTEMPT_WRITTEN = "the attempt is written, the provider has not heard of it"
    PROVIDER_ANSWERED = "the provider has answered, its answer is not stored"
    ANSWER_STORED = "the answer is stored, and booked when it is a charge; the learner has none"

    # Giving up
    ABORTED_AT_PROVIDER = "the payment is aborted at the provider, not here"
    ATTEMPT_RETIRED = "the attempt is over here too, its order is neither canceled nor paid anew"

    # What a provider tells
    NOTIFICATION_STORED = "the notification is stored, nothing was done about it"
    NOTIFICATION_ACTED_ON = "what it says is booked, the inbox does not say so"
    NOTIFICATION_SETTLED = "the inbox says so too, the provider was not answered"

    # The books
    PAYMENT_WRITTEN = "a payment is written to the ledger, not committed"
    PAYMENT_BOOKED = "a payment is committed, nothing was done after it"
    REFUND_WRITTEN = "a refund is written to the ledger, not committed"
    REFUND_BOOKED = "a refund is committed, nothing was done after it"

    # Giving back
    REFUND_REQUESTED = "a refund and its job are committed, whoever asked does not know"
    UNUSABLE_MONEY_ASKED_BACK = "what an order cannot use is asked back, its job goes on"
    REFUND_ANSWERED = "the provider has refunded, its answer is not stored"

    # Cards
    CARD_TAKEN_AWAY = "the card is taken from its owner, who does not know"
    CARD_LET_GO = "the provider has let go of the card, its row is still here"

    # Papers
    DOCUMENT_RENDERED = "the document is rendered, not stored"
    DOCUMENT_STORED = "the document is stored, its invoice does not know"
    MAIL_CLAIMED = "a worker has claimed the mail, the mail server has not got it"
    MAIL_SENT = "the mail server has the mail, we do not know"


Observer = Callable[[CrashPoint], None]

_observer: Observer | None = None


def reached(point: CrashPoint) -> None:
    """Mark a moment; costs nothing when nobody watches."""
    if _observer is not None:
        _observer(point)


def reached_once_committed(point: CrashPoint) -> None:
    """Mark the moment after the commit of the current transaction; none after a rollback."""
    if _observer is not None:
        transaction.on_commit(partial(_observer, point))


def watch(observer: Observer) -> None:
    """Have this process, for as long as it lives, call ``observer`` at each point."""
    global _observer  # noqa: PLW0603 - one per process, as a death is
    _observer = observer
