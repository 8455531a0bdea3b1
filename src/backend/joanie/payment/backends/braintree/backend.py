"""Braintree: the learner's browser gives a nonce, and our own call charges it.

No notification tells that a card's payment succeeded, was settled or was given back: the answer to
our call does, and what is read again afterwards.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from joanie.common.exceptions import (
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnavailable,
)
from joanie.common.money import Money
from joanie.core.models import Order
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.braintree.account import find_faults, get_key_pairs
from joanie.payment.backends.braintree.client import (
    IDENTIFIER,
    KEY,
    KEY_USED_UP,
    BraintreeClient,
    Refusal,
    without_key,
)
from joanie.payment.backends.braintree.event import Event, read_event
from joanie.payment.backends.braintree.mapping import (
    CREDIT,
    SALE,
    UNDONE,
    UNSETTLED,
    VOIDED,
    read_disputes,
    read_money,
    read_payment,
    read_refund,
    read_void,
    write_amount,
    write_billing,
)
from joanie.payment.backends.braintree.signature import (
    answer_to_challenge,
    check_age,
    check_signature,
)
from joanie.payment.backends.learners import name_learner
from joanie.payment.backends.types import (
    Attempt,
    Capability,
    Flow,
    OneClickPaymentInfo,
    PaymentInfo,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
)
from joanie.payment.backends.wire import read_own_id
from joanie.payment.enums import (
    ARRIVED_PAYMENT_STATES,
    FailureCode,
    PaymentState,
    RefundState,
)
from joanie.payment.exceptions import (
    AbortPaymentFailed,
    CreatePaymentFailed,
    RefundPaymentFailed,
    RegisterPaymentFailed,
)
from joanie.payment.models import CreditCard, Payment, Refund

logger = logging.getLogger(__name__)

ABORTED = (PaymentState.CANCELED, PaymentState.EXPIRED, PaymentState.FAILED)
# Consumed, unknown, locked: the form has to be filled in again.
NONCE_REFUSED = frozenset({"91564", "91565", "91566"})
CARD_GONE = frozenset({"91511", "91518"})
NOT_SETTLED_YET = frozenset({"91506", "91574"})
WAITS = "This payment is not settled yet. It is given back once it is: try again tomorrow."


class BraintreeBackend(BasePaymentBackend):
    """Settings: see ``docs/reference/providers/braintree.md``."""

    name = "braintree"
    label = "Braintree"
    flow = Flow.CLIENT_TOKEN
    capabilities = frozenset(
        {
            Capability.AUTHENTICATE,
            Capability.ANSWER_CHALLENGE,
            Capability.EVENT_ID,
            Capability.REFUND,
            Capability.RETRIEVE,
            Capability.FIND,
            Capability.LIST,
            Capability.CLIENT_TOKEN,
            Capability.PUBLIC_CONFIGURATION,
        }
    )

    @classmethod
    def find_faults(cls, configuration: Mapping[str, Any]) -> Iterable[str]:
        return find_faults(configuration)

    @classmethod
    def takes(cls, currency: str, configuration: Mapping[str, Any] | None = None) -> bool:
        """It takes what it has a merchant account for."""
        return not configuration or currency in (configuration.get("merchant_account_ids") or ())

    @property
    def client(self) -> BraintreeClient:
        return BraintreeClient(self.configuration)

    # Paying --------------------------------------------------------------------------------------

    def get_public_configuration(self) -> dict[str, Any]:
        return {"requires_three_d_secure": self._requires_three_d_secure}

    def create_client_token(self, user: AbstractBaseUser) -> str:  # noqa: ARG002
        """Make a token for a form that does not know the learner.

        One that does saves every card that is typed, asked or not, and may delete those saved.
        """
        accounts = [*self._merchant_accounts.values()]
        request = {"merchant_account_id": accounts[0]} if len(accounts) == 1 else {}
        try:
            return self.client.make_client_token(request)
        except Refusal as refusal:
            raise ProviderRejected(reason=str(refusal)) from refusal

    def create_payment(self, order: Order, billing_address: Mapping[str, str]) -> PaymentInfo:
        attempt = self._current_attempt()
        if not IDENTIFIER.fullmatch(attempt.payment_method_nonce):
            raise CreatePaymentFailed(failure_code=FailureCode.INCORRECT_DATA)
        options: dict[str, Any] = {"submit_for_settlement": True}
        request = {
            **self._describe(attempt, billing_address),
            "payment_method_nonce": attempt.payment_method_nonce,
            "options": options,
        }
        if self._requires_three_d_secure:
            options["three_d_secure"] = {"required": True}
        client = self.client
        try:
            if attempt.save_card:
                request["customer_id"] = name_learner(order.owner)
                options["store_in_vault_on_success"] = True
                client.keep_customer(request["customer_id"])
            wire = client.sell(request)
        except Refusal as refusal:
            if refusal.codes & NONCE_REFUSED:
                raise CreatePaymentFailed(failure_code=FailureCode.EXPIRED) from refusal
            raise ProviderRejected(reason=str(refusal)) from refusal
        return self._tell_charge(order, read_payment(wire))

    def create_one_click_payment(
        self, order: Order, billing_address: Mapping[str, str], credit_card_token: str
    ) -> OneClickPaymentInfo:
        request = {
            **self._describe(self._current_attempt(), billing_address),
            "payment_method_token": credit_card_token,
            "options": {"submit_for_settlement": True},
        }
        try:
            wire = self.client.sell(request)
        except Refusal as refusal:
            if not refusal.codes & CARD_GONE:
                raise ProviderRejected(reason=str(refusal)) from refusal
            return self._tell_unusable_card()
        return self._tell_charge(order, read_payment(wire))

    def delete_credit_card(self, credit_card: CreditCard) -> None:
        self.client.delete_card(credit_card.token)

    def abort_payment(self, payment_id: str) -> None:
        client = self.client
        wire = client.find_transaction(payment_id)
        if wire is None or read_payment(wire).state in ABORTED:
            return
        if self._is_booked(payment_id):
            raise AbortPaymentFailed
        try:
            _void(client, payment_id)
        except Refusal as refusal:
            raise AbortPaymentFailed from refusal

    # Giving back ---------------------------------------------------------------------------------

    def refund_payment(
        self, payment_id: str, amount: Money, idempotency_key: str
    ) -> ProviderRefund:
        """Void what is not settled and is given back in full; refund the rest.

        Raises ProviderUnavailable for a part of what is not settled: it is asked for again.
        """
        client = self.client
        wire = client.find_transaction(payment_id)
        if wire is None:
            raise RefundPaymentFailed
        made = [*self._read_refunds(client, wire)]
        ours = next((each for each in made if str(each.refund_id) == idempotency_key), None)
        if ours is not None:
            return ours
        is_whole = read_money(wire) == amount
        if wire.status == VOIDED and is_whole:
            return read_void(wire)
        if wire.status in UNDONE:
            raise RefundPaymentFailed
        if wire.status in UNSETTLED:
            if not is_whole:
                raise ProviderUnavailable(WAITS)
            try:
                return read_void(_void(client, payment_id))
            except Refusal:
                logger.info("Payment %s is being settled at this moment", payment_id)
        request = {"amount": write_amount(amount), "order_id": idempotency_key}
        if self._sends_request_keys:
            request[KEY] = idempotency_key
        return self._refund(client, payment_id, request)

    def _refund(
        self, client: BraintreeClient, payment_id: str, request: Mapping[str, str]
    ) -> ProviderRefund:
        """Refund what is not among the refunds that were read just before."""
        try:
            return read_refund(client.refund(payment_id, request))
        except Refusal as refusal:
            if KEY in request and KEY_USED_UP in refusal.codes:
                # It was refused then, mostly because the payment was not settled yet.
                return self._refund(client, payment_id, without_key(request))
            if refusal.codes & NOT_SETTLED_YET:
                raise ProviderUnavailable(WAITS) from refusal
            logger.warning("Braintree refuses refund %s: %s", request["order_id"], refusal)
            raise RefundPaymentFailed from refusal

    # Reading -------------------------------------------------------------------------------------

    def retrieve_payment(self, payment_id: str) -> ProviderPayment | None:
        client = self.client
        wire = client.find_transaction(payment_id)
        return None if wire is None else self._read(client, wire)

    def find_payment(self, attempt: Attempt) -> ProviderPayment | None:
        """Return what became of the attempt; what was charged, should there be several."""
        client = self.client
        found = [self._read(client, wire) for wire in client.search_by_order(str(attempt.id))]
        found.sort(key=lambda each: each.state in ABORTED)
        return found[0] if found else None

    def list_payments(self, since: datetime) -> Iterator[ProviderPayment]:
        client = self.client
        for wire in self._list_changed(client, since):
            try:
                yield self._read(client, wire)
            except ProviderProtocolError:
                logger.exception("A transaction of the list is left out")

    def _list_changed(self, client: BraintreeClient, since: datetime) -> Iterator[Any]:
        """Give the sales made since, then older ones of which something went back since.

        Nothing else tells of what is given back in the control panel.
        """
        accounts = [*self._merchant_accounts.values()]
        given = set()
        for sale in client.list_transactions(SALE, since, accounts):
            given.add(sale.id)
            yield sale
        for credit in client.list_transactions(CREDIT, since, accounts):
            sale_id = getattr(credit, "refunded_transaction_id", None)
            if sale_id and sale_id not in given:
                given.add(sale_id)
                yield from filter(None, [client.find_transaction(sale_id)])

    def _read(self, client: BraintreeClient, wire: Any) -> ProviderPayment:
        refunds = [*self._read_refunds(client, wire)]
        was_booked = wire.status in UNDONE and self._is_booked(wire.id)
        if was_booked and wire.status == VOIDED:
            refunds.append(self._name_void(read_void(wire), wire.id))
        return read_payment(wire, refunds, was_booked=was_booked)

    def _read_refunds(self, client: BraintreeClient, wire: Any) -> Iterator[ProviderRefund]:
        for reference in getattr(wire, "refund_ids", None) or ():
            credit = client.find_transaction(reference)
            if credit is None:
                raise ProviderProtocolError("A refund that is named, and is not there")
            yield read_refund(credit)

    def _name_void(self, void: ProviderRefund, payment_id: str) -> ProviderRefund:
        """Say which refund of ours it is: a void cannot repeat our id, and there is only one."""
        asked = Refund.objects.filter(
            payment__backend=self.alias,
            payment__provider_reference=payment_id,
            state=RefundState.REQUESTED,
            amount=void.amount.amount,
            amount_currency=str(void.amount.currency),
        ).first()
        return replace(void, refund_id=asked.pk) if asked else void

    def _is_booked(self, payment_id: str) -> bool:
        return Payment.objects.filter(
            backend=self.alias, provider_reference=payment_id, state__in=ARRIVED_PAYMENT_STATES
        ).exists()

    # Notifications -------------------------------------------------------------------------------

    def answer_challenge(self, request: HttpRequest) -> HttpResponse | None:
        challenge = request.GET.get("bt_challenge")
        if request.method != "GET" or challenge is None:
            return None
        own = self.configuration["public_key"], self.configuration["private_key"]
        return HttpResponse(answer_to_challenge(*own, challenge), content_type="text/plain")

    def authenticate(self, request: HttpRequest) -> None:
        """Check signature and age. A challenge that we signed, sent back, is no notification."""
        check_signature(
            get_key_pairs(self.configuration),
            request.POST.get("bt_signature", ""),
            request.POST.get("bt_payload", ""),
        )
        check_age(_event_of(request).moment)

    def get_event_id(self, request: HttpRequest) -> str | None:
        return _event_of(request).id

    def handle_notification(self, request: HttpRequest) -> None:
        event = _event_of(request)
        if event.card_token:
            self._do_on_credit_card_gone(event.card_token)
        if not event.sale_id:
            return
        payment = self._find_own(event)
        if payment is None:
            logger.warning("%s of %s is not about a payment of ours", event.kind, event.sale_id)
            return
        client = self.client
        disputes = self._read_told(client, event)
        wire = client.find_transaction(event.sale_id)
        if wire is None:
            raise RegisterPaymentFailed(f"Braintree does not know payment {event.sale_id}")
        found = self._read(client, wire)
        known = {each.reference: each for each in (*found.disputes, *disputes)}
        self._do_on_payment_read(payment, replace(found, disputes=tuple(known.values())))

    def _find_own(self, event: Event) -> Payment | None:
        """Find the attempt before anybody is called. None for what others sell with the account.

        Raises RegisterPaymentFailed for what may be ours, and is not known yet.
        """
        own_id = read_own_id(event.order_id)
        known = Payment.objects.filter(backend=self.alias, provider_reference=event.sale_id)
        if not known.exists():
            if own_id is None:
                return None
            if Payment.objects.filter(pk=own_id).exclude(backend=self.alias).exists():
                return None
        return self._find_attempt(event.sale_id, own_id)

    def _read_told(self, client: BraintreeClient, event: Event) -> list[ProviderDispute]:
        """Read the dispute that the event is about, in case the payment does not show it yet."""
        if not event.dispute_id:
            return []
        dispute = client.find_dispute(event.dispute_id)
        if dispute is None or dispute.transaction_details.id != event.sale_id:
            raise RegisterPaymentFailed(f"Braintree knows no such dispute {event.dispute_id}")
        return read_disputes([dispute])

    # The account ---------------------------------------------------------------------------------

    @property
    def _merchant_accounts(self) -> Mapping[str, str]:
        accounts: Mapping[str, str] = self.configuration["merchant_account_ids"]
        return accounts

    @property
    def _requires_three_d_secure(self) -> bool:
        return bool(self.configuration.get("requires_three_d_secure"))

    @property
    def _sends_request_keys(self) -> bool:
        return bool(self.configuration.get("sends_request_keys", True))

    def _describe(self, attempt: Attempt, billing_address: Mapping[str, str]) -> dict[str, Any]:
        """Raises ProviderRejected for a currency without a merchant account, before any call."""
        currency = str(attempt.amount.currency)
        if currency not in self._merchant_accounts:
            raise ProviderRejected(reason=f"no merchant account for {currency}")
        described: dict[str, Any] = {
            "amount": write_amount(attempt.amount),
            "merchant_account_id": self._merchant_accounts[currency],
            "order_id": str(attempt.id),
            "billing": write_billing(billing_address),
        }
        if attempt.device_data:
            described["device_data"] = attempt.device_data
        if self._sends_request_keys:
            described["api_request_key"] = attempt.idempotency_key
        return described


def _void(client: BraintreeClient, payment_id: str) -> Any:
    """Raises Refusal when it is too late, ProviderProtocolError when nothing became of it."""
    voided = client.void(payment_id)
    if voided.status != VOIDED:
        raise ProviderProtocolError("A payment that was voided, and is not")
    return voided


def _event_of(request: HttpRequest) -> Event:
    return read_event(request.POST.get("bt_payload", ""))
