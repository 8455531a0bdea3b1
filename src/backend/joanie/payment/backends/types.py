"""The words that backends and the rest of Joanie exchange."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NotRequired, TypedDict

from django.db import models

from joanie.common.money import Money
from joanie.payment.enums import PaymentState, RefundState


class Flow(models.TextChoices):
    """How the learner pays a first time."""

    REDIRECT = "redirect"
    FORM = "form"
    EMBEDDED = "embedded"
    CLIENT_TOKEN = "client_token"  # noqa: S105 - not a secret # nosec B105


class Capability(Enum):
    """An optional method of a backend; the value is its name."""

    AUTHENTICATE = "authenticate"
    ANSWER_CHALLENGE = "answer_challenge"
    EVENT_ID = "get_event_id"
    REFUND = "refund_payment"
    RETRIEVE = "retrieve_payment"
    FIND = "find_payment"
    LIST = "list_payments"
    CLIENT_TOKEN = "create_client_token"  # noqa: S105 - not a secret # nosec B105
    PUBLIC_CONFIGURATION = "get_public_configuration"
    TOKENIZE = "tokenize_card"


class PaymentInfo(TypedDict):
    """What ``create_payment`` returns. ``payment_id`` is the provider's reference."""

    payment_id: str
    provider: str
    url: str
    client: NotRequired[dict[str, Any]]


class OneClickPaymentInfo(PaymentInfo):
    """Not paid: ``url`` leads to the bank, or ``failure_code`` says why it was declined."""

    is_paid: bool
    failure_code: NotRequired[str]


class UsedCard(TypedDict):
    """What a document may say of the card that paid."""

    brand: str
    last_numbers: str


class BookedPayment(TypedDict):
    """What ``_do_on_payment_success`` is told. ``amount`` is in major units.

    ``attempt_id``: our id of the attempt, from a provider that repeats it.
    """

    id: str
    amount: Decimal
    billing_address: NotRequired[Mapping[str, Any]]
    currency: NotRequired[str]
    attempt_id: NotRequired[uuid.UUID | None]
    card: NotRequired[UsedCard | None]


class SavedCard(TypedDict):
    """What ``_do_on_credit_card_saved`` is told. Never a number, never a security code."""

    token: str
    brand: str
    last_numbers: str
    expiration_month: int
    expiration_year: int
    provider_customer: NotRequired[str]


@dataclass(frozen=True)
class AttemptUrls:
    """Absolute URLs of ours, for the provider and for the browser."""

    notification: str
    return_: str
    cancel: str


@dataclass(frozen=True)
class Attempt:
    """The attempt that a backend instance was built for. ``amount`` is what to charge.

    ``created_on``: when it was written down here, a moment before the provider could hear of it.
    """

    id: uuid.UUID
    idempotency_key: str
    amount: Money
    language: str
    urls: AttemptUrls
    save_card: bool = False
    payment_method_nonce: str = field(default="", repr=False)
    device_data: str = field(default="", repr=False)
    created_on: datetime | None = None


@dataclass(frozen=True)
class CardSetup:
    """What ``tokenize_card`` has to know of the learner's browser, and where to tell us."""

    language: str
    urls: AttemptUrls


@dataclass(frozen=True)
class ProviderRefund:
    """A refund as the provider has it now.

    ``refund_id``: our id of the refund, from a provider that repeats the idempotency key.
    """

    reference: str
    amount: Money
    state: RefundState
    refund_id: uuid.UUID | None = None


class DisputeState(Enum):
    """How a dispute stands. The bank has the money while it is open, and when it was lost."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True)
class ProviderDispute:
    """A dispute as the provider has it now. A mere inquiry, which moves no money, is none."""

    reference: str
    amount: Money
    state: DisputeState


@dataclass(frozen=True)
class ProviderPayment:
    """A payment as the provider has it now.

    ``state`` is never read from a word the backend does not know: it raises instead. ``refunds``
    are all that the provider has. ``attempt_id``: our id of the attempt, from a provider that
    repeats it. ``changed_at``: when it changed last, from a provider that says so.
    """

    reference: str
    state: PaymentState
    amount: Money
    url: str = ""
    failure_code: str = ""
    card: UsedCard | None = None
    saved_card: SavedCard | None = field(default=None, repr=False)
    refunds: tuple[ProviderRefund, ...] = ()
    disputes: tuple[ProviderDispute, ...] = ()
    attempt_id: uuid.UUID | None = None
    changed_at: datetime | None = None
