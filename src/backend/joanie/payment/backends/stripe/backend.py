"""Stripe: a Checkout page, or a form with a payment intent; saved cards; signed events."""

import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from joanie.common.exceptions import ProviderProtocolError, ProviderRejected
from joanie.common.money import InvalidAmount, Money
from joanie.core.models import Order
from joanie.core.services.owners import find_owner
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.learners import is_name_of, name_learner
from joanie.payment.backends.stripe import mapping
from joanie.payment.backends.stripe.amounts import CURRENCIES, write_amount
from joanie.payment.backends.stripe.client import CardDeclined, StripeClient, Wire
from joanie.payment.backends.stripe.configuration import (
    find_faults,
    get_webhook_secrets,
    is_live,
)
from joanie.payment.backends.stripe.declines import read_failure
from joanie.payment.backends.stripe.events import (
    ABOUT_PAYMENTS,
    CARD_GONE,
    CARD_RENEWED,
    CUSTOMER_GONE,
    SESSION_COMPLETED,
    read_event,
    read_object,
)
from joanie.payment.backends.stripe.orders import (
    page_expires_at,
    refusing_what_stripe_cannot_take,
)
from joanie.payment.backends.stripe.signature import HEADER, check_signature
from joanie.payment.backends.types import (
    Attempt,
    Capability,
    Flow,
    OneClickPaymentInfo,
    PaymentInfo,
    ProviderPayment,
    ProviderRefund,
)
from joanie.payment.backends.wire import read_own_id
from joanie.payment.exceptions import (
    AbortPaymentFailed,
    CreatePaymentFailed,
    RefundPaymentFailed,
    RegisterPaymentFailed,
)
from joanie.payment.models import CreditCard, Payment

logger = logging.getLogger(__name__)

# How far from our row's moment Stripe's may be.
BEFORE_CREATION, AFTER_CREATION = timedelta(minutes=5), timedelta(minutes=15)


class StripeBackend(BasePaymentBackend):
    """Pays on Stripe's Checkout page. For the settings see ``configuration``.

    A first payment is known by its session, one with a saved card by its payment intent. Whatever
    an event says, both are read again.
    """

    name = "stripe"
    label = "Stripe"
    supported_currencies = CURRENCIES
    is_payable_after_failure = True
    capabilities = frozenset(
        {
            Capability.AUTHENTICATE,
            Capability.EVENT_ID,
            Capability.REFUND,
            Capability.RETRIEVE,
            Capability.FIND,
            Capability.LIST,
            Capability.PUBLIC_CONFIGURATION,
            Capability.TOKENIZE,
        }
    )

    @classmethod
    def find_faults(cls, configuration: Mapping[str, Any]) -> Iterable[str]:
        return find_faults(configuration, needs_publishable_key=cls.flow == Flow.EMBEDDED)

    @classmethod
    def takes_amount(cls, amount: Money) -> bool:
        try:
            write_amount(amount)
        except InvalidAmount:
            return False
        return True

    @property
    def client(self) -> StripeClient:
        return StripeClient(self.configuration)

    # Paying -------------------------------------------------------------------------------------

    def create_payment(
        self,
        order: Order,
        billing_address: Mapping[str, str],  # noqa: ARG002 - Stripe's page asks for its own
    ) -> PaymentInfo:
        attempt = self._current_attempt()
        with refusing_what_stripe_cannot_take():
            body = mapping.describe_session(
                attempt,
                title=self._title_of(order),
                metadata=self._names_of(order),
                customer=self._find_customer(order.owner) if attempt.save_card else "",
                expires_at=page_expires_at(),
            )
        session = self._create_session(body, attempt.idempotency_key)
        return self._tell_page(mapping.read_payment(session))

    def create_one_click_payment(
        self,
        order: Order,
        billing_address: Mapping[str, str],  # noqa: ARG002 - the card has its own
        credit_card_token: str,
    ) -> OneClickPaymentInfo:
        attempt = self._current_attempt()
        with refusing_what_stripe_cannot_take():
            body = mapping.describe_charge(
                attempt,
                title=self._title_of(order),
                metadata=self._names_of(order),
                customer=self._find_customer_of_card(credit_card_token),
                card=credit_card_token,
            )
        try:
            intent = self.client.create_intent(body, attempt.idempotency_key)
        except CardDeclined as declined:
            intent = _read_declined_intent(declined.error)
        except ProviderRejected as error:
            if error.context.get("param") not in {"payment_method", "customer"}:
                raise
            return self._tell_unusable_card()
        info = self._tell_charge(order, mapping.read_payment(intent))
        if intent["status"] == "requires_action" and not info["url"]:
            info["client"] = self._tell_browser(intent)
        return info

    def abort_payment(self, payment_id: str) -> None:
        try:
            if _is_session(payment_id):
                self.client.expire_session(payment_id)
            else:
                self.client.cancel_intent(payment_id)
        except AbortPaymentFailed:
            # Stripe says the same of what was aborted before.
            wire = self._read(payment_id)
            if wire is None or wire["status"] not in {"expired", "canceled"}:
                raise

    # Reading ------------------------------------------------------------------------------------

    def retrieve_payment(self, payment_id: str) -> ProviderPayment | None:
        wire = self._read(payment_id)
        return None if wire is None else self._understand(wire)

    def find_payment(self, attempt: Attempt) -> ProviderPayment | None:
        if attempt.created_on is None:
            return None
        # By its metadata Stripe finds only what is a minute old: the moment has to do.
        window = {
            "gte": int((attempt.created_on - BEFORE_CREATION).timestamp()),
            "lte": int((attempt.created_on + AFTER_CREATION).timestamp()),
        }
        made = chain(self.client.list_sessions(**window), self.client.list_intents(**window))
        for wire in made:
            if _attempt_of(wire) == attempt.id:
                return self._understand(wire)
        return None

    def list_payments(self, since: datetime) -> Iterator[ProviderPayment]:
        """Give what was made since for this alias; the account may have other business."""
        start = max(0, int(since.timestamp()))
        for wire in self.client.list_sessions(gte=start):
            yield from self._understand_listed(wire)
        for wire in self.client.list_intents(gte=start):
            if not _is_of_session(wire):
                yield from self._understand_listed(wire)

    # Money back ---------------------------------------------------------------------------------

    def refund_payment(
        self, payment_id: str, amount: Money, idempotency_key: str
    ) -> ProviderRefund:
        try:
            units = write_amount(amount)
        except InvalidAmount as error:
            raise RefundPaymentFailed(str(error)) from error
        refund = self.client.create_refund(
            {
                "payment_intent": self._find_intent_id(payment_id),
                "amount": units,
                "metadata": {"refund": idempotency_key},
            },
            idempotency_key,
        )
        return mapping.read_refund(refund)

    # Cards --------------------------------------------------------------------------------------

    def tokenize_card(self, user: AbstractBaseUser) -> dict[str, Any]:
        if self.card_setup is None:
            raise ProviderRejected("A card is saved for a browser: use the card set-up.")
        body = mapping.describe_setup(
            self.card_setup,
            metadata=self._names_of_learner(user),
            customer=self._find_customer(user),
        )
        return {"url": mapping.read_page(self._create_session(body))}

    def delete_credit_card(self, credit_card: CreditCard) -> None:
        self.client.detach_card(credit_card.token)

    def get_public_configuration(self) -> dict[str, Any]:
        key = self.configuration.get("publishable_key")
        return {"publishable_key": key} if key else {}

    # Notifications ------------------------------------------------------------------------------

    def authenticate(self, request: HttpRequest) -> None:
        check_signature(
            get_webhook_secrets(self.configuration),
            request.headers.get(HEADER, ""),
            request.body,
        )

    def get_event_id(self, request: HttpRequest) -> str | None:
        event_id: str = read_event(request.body)["id"]
        return event_id

    def handle_notification(self, request: HttpRequest) -> None:
        event = read_event(request.body)
        kind = event["type"]
        if event.get("livemode") is not is_live(self.configuration):
            logger.error("Event %s is of the other mode, live or test", event["id"])
        elif kind == CARD_GONE:
            self._do_on_credit_card_gone(read_object(event)["id"])
        elif kind == CUSTOMER_GONE:
            self._revoke_cards(read_object(event)["id"])
        elif kind in CARD_RENEWED:
            self._renew_card(read_object(event))
        elif kind in ABOUT_PAYMENTS:
            told = read_object(event)
            if told.get("mode") != "setup":
                self._book(told)
            elif kind == SESSION_COMPLETED:
                self._keep_card(told)

    def _book(self, told: Wire) -> None:
        """Read again the payment that an event is about, and book it, if it is ours.

        Of a payment it says itself whose it is; of anything else its payment intent is asked.
        """
        wire: Wire | None = told
        if told["object"] not in {mapping.SESSION, mapping.INTENT}:
            intent_id = told.get("payment_intent")
            wire = self.client.retrieve_intent(intent_id) if intent_id else None
        if wire is None or not self._is_ours(wire):
            return
        payment = self._find_attempt(wire["id"], _attempt_of(wire))
        reference = self._find_reference(payment, wire)
        found = self.retrieve_payment(reference) if reference else None
        if found is None:
            raise RegisterPaymentFailed(f"Stripe tells of {told['id']}, and does not know it")
        self._do_on_payment_read(payment, found)

    def _find_reference(self, payment: Payment, wire: Wire) -> str:
        """Return what a payment is booked under: what checkout stored, as soon as it has.

        Raises RegisterPaymentFailed for another one of the same name.
        """
        if _is_of_session(wire):
            if payment.provider_reference:
                return payment.provider_reference
            session = self.client.find_session(wire["id"])
            return str(session["id"]) if session else ""
        if payment.provider_reference not in {"", wire["id"]}:
            raise RegisterPaymentFailed(f"{wire['id']} is not what attempt {payment.pk} made")
        return str(wire["id"])

    def _keep_card(self, told: Wire) -> None:
        """Keep the card of a set-up, for the learner that we named when we asked for its page.

        Another site may have the same account, alias and ids: its learners have other names.
        """
        if not self._is_ours(told):
            return
        expand = ("setup_intent.payment_method",)
        session = self.client.retrieve_session(told["id"], expand) or {}
        card = mapping.read_saved_card((session.get("setup_intent") or {}).get("payment_method"))
        metadata = mapping.read_metadata(session)
        owner = find_owner(str(metadata.get("learner")))
        if card is None or owner is None or not is_name_of(metadata.get("name"), owner):
            logger.warning("A card was saved for nobody we know, or is gone again")
            return
        self._do_on_credit_card_saved(owner, card)

    def _revoke_cards(self, customer: str) -> None:
        """Revoke the cards of a customer that the dashboard deleted: they are gone with it."""
        cards = CreditCard.objects.filter(backend=self.alias, provider_customer=customer)
        for token in cards.values_list("token", flat=True):
            self._do_on_credit_card_gone(token)

    def _renew_card(self, told: Wire) -> None:
        """Take over the new number or month that the bank gave to a card of ours."""
        kept = CreditCard.objects.kept().filter(backend=self.alias, token=told["id"])
        row = kept.select_related("owner").first()
        card = mapping.read_saved_card(self.client.retrieve_card(row.token)) if row else None
        if row is not None and card is not None:
            self._do_on_credit_card_saved(row.owner, card)

    # --------------------------------------------------------------------------------------------

    def _create_session(self, body: Wire, key: str | None = None) -> Wire:
        """Create a page; when its customer is gone, once more, and Stripe makes another one."""
        try:
            return self.client.create_session(body, key)
        except ProviderRejected as error:
            self._give_up_customer(body.get("customer"), error)
        body = mapping.for_new_customer(body)
        return self.client.create_session(body, key and make_second_key(key))

    def _give_up_customer(self, customer: str | None, error: ProviderRejected) -> None:
        """Revoke the cards of a customer whom Stripe refuses, deleted in the dashboard perhaps.

        Raises the error when it is about something else.
        """
        if not customer or error.context.get("param") != "customer":
            raise error
        logger.warning("Stripe refuses customer %s, whose cards are revoked", customer)
        self._revoke_cards(customer)

    def _names_of_learner(self, owner: AbstractBaseUser) -> dict[str, str]:
        """Say whose a card or a customer is, for Stripe to repeat."""
        return {"backend": self.alias, "learner": str(owner.pk), "name": name_learner(owner)}

    def _is_ours(self, wire: Wire) -> bool:
        return mapping.read_metadata(wire).get("backend") == self.alias

    def _read(self, payment_id: str) -> Wire | None:
        if _is_session(payment_id):
            return self.client.retrieve_session(payment_id)
        return self.client.retrieve_intent(payment_id)

    def _understand(self, wire: Wire) -> ProviderPayment:
        """Add the refunds and disputes to what was read; there are none before a charge."""
        charge = mapping.find_charge(wire) or {}
        refunds = charge.get("refunds") or {}
        listed: Iterable[Wire] = refunds.get("data") or ()
        if refunds.get("has_more"):
            listed = self.client.list_refunds(charge["payment_intent"])
        disputes: Iterable[Wire] = ()
        if charge.get("disputed"):
            disputes = self.client.list_disputes(charge["payment_intent"])
        return mapping.read_payment(wire, refunds=listed, disputes=disputes)

    def _understand_listed(self, wire: Wire) -> Iterator[ProviderPayment]:
        if not self._is_ours(wire) or wire.get("mode") == "setup":
            return
        try:
            yield self._understand(wire)
        except ProviderProtocolError:
            logger.exception("A payment of the list is left out")

    def _find_intent_id(self, payment_id: str) -> str:
        if not _is_session(payment_id):
            return payment_id
        session = self.client.retrieve_session(payment_id)
        intent = mapping.find_intent(session) if session else None
        if intent is None:
            raise RefundPaymentFailed("Nobody paid on this page.")
        return str(intent["id"])

    def _find_customer(self, owner: AbstractBaseUser) -> str:
        """Return Stripe's name of a learner, who has a card there; empty when there is none."""
        cards = CreditCard.objects.active().filter(backend=self.alias, owner=owner.pk)
        named = cards.exclude(provider_customer="").order_by("created_on")
        return named.values_list("provider_customer", flat=True).first() or ""

    def _find_customer_of_card(self, token: str) -> str:
        cards = CreditCard.objects.filter(backend=self.alias, token=token)
        return cards.values_list("provider_customer", flat=True).first() or ""

    def _tell_browser(self, intent: Wire) -> dict[str, Any]:
        """Give Stripe's library in the browser what it needs to go on with a payment intent."""
        return {**self.get_public_configuration(), "client_secret": intent["client_secret"]}


def make_second_key(key: str) -> str:
    """Derive an idempotency key for another body: with the first one Stripe would refuse it."""
    return f"{key}-again"


def _is_session(payment_id: str) -> bool:
    return payment_id.startswith("cs_")


def _attempt_of(wire: Wire) -> uuid.UUID | None:
    return read_own_id(mapping.read_metadata(wire).get("attempt"))


def _is_of_session(intent: Wire) -> bool:
    return mapping.read_metadata(intent).get("via") == mapping.CHECKOUT


def _read_declined_intent(error: Wire) -> Wire:
    """Return the payment intent that was declined, which could be tried again.

    Raises CreatePaymentFailed when the error does not say which one that is.
    """
    intent = error.get("payment_intent")
    if not isinstance(intent, dict):
        raise CreatePaymentFailed(failure_code=read_failure(error))
    return {**intent, "last_payment_error": intent.get("last_payment_error") or error}
