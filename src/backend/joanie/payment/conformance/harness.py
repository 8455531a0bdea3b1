"""What the suite needs of a provider: everything that is done there and is none of our doing."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any, ClassVar

from joanie.common.money import Money, from_minor_units
from joanie.payment.backends.types import PaymentInfo

SECRET_WORDS = ("secret", "private", "password", "token", "key")
PUBLIC_WORDS = ("public", "publishable")


class Card(Enum):
    """A card, by what its bank does with it: where the learner types it, and once it is saved."""

    GOOD = "good"
    OTHER_GOOD = "another good one"
    DECLINED = "declined"
    NO_FUNDS = "insufficient funds"
    CHALLENGED = "wants 3-D Secure each time"
    DECLINED_LATER = "good once, declined when it is charged again"


class Operation(Enum):
    """A call of ours, in our words; a harness knows the provider's."""

    CREATE = "create a payment"
    CHARGE = "charge a saved card"
    RETRIEVE = "read a payment"
    FIND = "look for the payment of an attempt"
    LIST = "list payments"
    ABORT = "abort a payment"
    REFUND = "give money back"
    DELETE_CARD = "forget a card"
    TOKENIZE = "save a card without buying"


class Fault(Enum):
    """How a call goes wrong."""

    SERVER_ERROR = "answers 500"
    TOO_MANY = "answers 429"
    WRONG_KEY = "answers that the key is wrong"
    HTML = "answers with a page"
    LOST_BEFORE = "hangs up before it acts"
    LOST_AFTER = "acts, and hangs up"
    SILENT_BEFORE = "does not answer, and does not act"
    SILENT_AFTER = "acts, and does not answer"


class Forgery(Enum):
    """What is wrong with a notification that the provider did not send like that."""

    UNSIGNED = "no signature"
    WRONG_SECRET = "signed by somebody else"  # noqa: S105 - not a secret # nosec B105
    CHANGED = "changed after it was signed"
    OLD = "signed an hour ago"
    FROM_THE_FUTURE = "signed in an hour"
    HUGE = "a mebibyte"
    NOT_UNDERSTOOD = "not in its format"
    UNKNOWN_TYPE = "of a type that nobody knows"
    UNKNOWN_ID = "about a payment that nobody knows, with an id like any other"
    CRAFTED_ID = "about a payment whose id is a path, “../cards/1”"
    OTHER_MODE = "of the test mode where the account is live, or the other way round"


class Feature(Enum):
    """What a provider may not have. A harness without one says where its page says so."""

    HOSTED_PAGE = "a page where the learner pays"
    DECLINE_ON_PAGE = "a payment that fails on its page and is told of"
    NOTIFIES_OF_PAYMENTS = "notifications of payments"
    SIGNS = "signed notifications"
    AGED_SIGNATURES = "signatures with a time"
    EVENT_IDS = "ids of notifications"
    CHALLENGES_ADDRESS = "a check of our address"
    MODES = "notifications that say whether they are of the test mode"
    ONE_CLICK = "charging saved cards"
    ONE_CLICK_CHALLENGE = "a 3-D Secure step-up in one click"
    SAVES_WITHOUT_BUYING = "saving a card without a purchase"
    CLIENT_TOKENS = "tokens for a form in the learner's browser"
    READS = "reading how a payment stands"
    REFUNDS = "giving money back when it is asked to"
    PARTIAL_REFUND = "giving back a part at once"
    REFUND_ELSEWHERE = "telling of refunds made in its back office"
    REFUND_FAILS_LATER = "refunds that fail after they were made"
    DISPUTES = "telling of disputes"
    PROCESSING = "payments that take their time"
    FINDS_LOST_CREATIONS = "looking for a payment by our own id"
    LISTS = "listing what changed"
    ABORTS = "aborting a payment"
    EXPIRES = "pages that expire"
    UNKNOWN_STATUS = "a word for how a payment stands"


class Harness(ABC):
    """Plays the learner's browser and bank, the provider's staff, and bad days.

    One lives as long as the tests of its backend. ``lacks`` says, for each feature that the
    provider does not have, the sentence of its reference page that says so. ``page`` is that page,
    from where pytest is started; ``docs/reference/providers/<name>.md`` unless it is given.
    ``optional_settings`` of ``configuration`` can be left out: they have a default.
    """

    lacks: ClassVar[Mapping[Feature, str]] = {}
    page: ClassVar[str] = ""
    optional_settings: ClassVar[frozenset[str]] = frozenset({"base_url"})

    @contextmanager
    @abstractmethod
    def running(self) -> Iterator[None]:
        """Have the provider answer on loopback, with two accounts."""

    @abstractmethod
    def configuration(self, account: int = 0) -> dict[str, Any]:
        """Give the ``configuration`` of the first account, or of the second one."""

    def secrets(self, account: int = 0) -> set[str]:
        """Give the values of an account's configuration that nobody else may see."""
        return {
            str(value)
            for name, value in self.configuration(account).items()
            if any(word in name for word in SECRET_WORDS)
            and not any(word in name for word in PUBLIC_WORDS)
        }

    def notify_at(self, account: int, url: str) -> None:  # noqa: B027 - nothing to do at most
        """Enter in the provider's back office where an account's notifications go.

        Nothing to do where the address comes with each payment.
        """

    def price(self, currency: str) -> Money:
        """Give a price that is accepted, with an odd last digit where the provider takes one."""
        return from_minor_units(12_345, currency)

    @abstractmethod
    def reset(self) -> None:
        """Forget what happened, end all bad days, hold no notifications."""

    # The learner ---------------------------------------------------------------------------------

    def prepare(self, card: Card, *, account: int = 0) -> dict[str, Any]:  # noqa: ARG002
        """Give what the learner's browser has before ordering: a nonce, where one is needed.

        Fields of ``PaymentRequest``.
        """
        return {}

    @abstractmethod
    def pay(self, info: PaymentInfo, card: Card, *, saves: bool = False) -> str:
        """Pay on the page, or by the form, of ``info``; nothing where ``prepare`` did it.

        A challenge is not answered: returns its address, or an empty text.
        """

    @abstractmethod
    def answer_challenge(self, url: str, *, confirms: bool) -> None:
        """Tell the bank that it is the learner, or that it is not."""

    def save_card(self, started: Mapping[str, Any], card: Card) -> None:
        """Give a card on the page of a card set-up."""
        raise NotImplementedError

    # The provider's staff, and the banks ---------------------------------------------------------

    @abstractmethod
    def pay_after_all(self, reference: str) -> None:
        """Have money come for a payment that was aborted, failed or expired."""

    def settle(self, reference: str) -> None:  # noqa: B027 - nothing to do at most
        """Let a day pass there: what was taken can be given back in part from now on."""

    def expire(self, reference: str) -> None:
        """Close the page of a payment that nobody made."""
        raise NotImplementedError

    def keep_processing(self) -> None:
        """Have the next payment on a page wait for its bank."""
        raise NotImplementedError

    def finish_processing(self, reference: str, *, succeeds: bool) -> None:
        """Have the bank decide on a payment that it was processing."""
        raise NotImplementedError

    def refund(self, reference: str, minor_units: int) -> None:
        """Give money back in the provider's own back office."""
        raise NotImplementedError

    def fail_refund(self, refund_reference: str) -> None:
        """Have a refund fail that had been made."""
        raise NotImplementedError

    def dispute(self, reference: str) -> str:
        """Have the bank take all of a payment back; give the dispute's reference."""
        raise NotImplementedError

    def decide_dispute(self, dispute_reference: str, *, is_won: bool) -> None:
        raise NotImplementedError

    @abstractmethod
    def drop_card(self, token: str) -> None:
        """Have the provider forget a saved card, unasked."""

    # What the provider has -----------------------------------------------------------------------

    @abstractmethod
    def count_calls(self) -> int:
        """Count the requests that came to its API, whatever became of them."""

    @abstractmethod
    def count_paid(self) -> int:
        """Count the payments that were made."""

    @abstractmethod
    def asked(self, reference: str) -> int:
        """Give what is asked for a payment, in minor units."""

    @abstractmethod
    def refunded(self, reference: str) -> int:
        """Give what went back of a payment, by anybody, in minor units."""

    @abstractmethod
    def can_be_paid(self, reference: str) -> bool:
        """Say whether a learner could still make this payment."""

    @abstractmethod
    def has_card(self, token: str) -> bool:
        """Say whether a saved card can still be charged."""

    # Notifications -------------------------------------------------------------------------------

    @abstractmethod
    def hold(self) -> None:
        """Keep notifications back from now on, until they are let go."""

    @abstractmethod
    def let_go(self, *, backwards: bool = False) -> None:
        """Send what was held, one after the other, and hold no more."""

    @abstractmethod
    def lose_next(self, count: int = 1) -> None:
        """Have the next notifications never arrive."""

    @abstractmethod
    def duplicate(self, copies: int) -> None:
        """Send each notification so many times more, at the same moment, from now on."""

    @abstractmethod
    def deliver(self) -> int:
        """Wait until nothing is on its way; give how many notifications there were."""

    @abstractmethod
    def send_again(self) -> None:
        """Send the latest notification once more."""

    @abstractmethod
    def forge(self, reference: str, url: str, forgery: Forgery) -> int:
        """Send that this payment was made, with something wrong; give the status of our answer.

        It was not made. What has no signature, no type or no mode does without.
        """

    def say_unknown_status(self, reference: str) -> None:
        """Have the provider use a word that nobody knows for how a payment stands."""
        raise NotImplementedError

    # Bad days ------------------------------------------------------------------------------------

    @abstractmethod
    def fail(self, operation: Operation, fault: Fault, *, times: int = 1) -> None:
        """Make the next calls of an operation go wrong."""
