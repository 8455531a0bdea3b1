"""PayPlug: a page where the learner pays, and notifications that are only a reason to ask."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest

from joanie.common.exceptions import ProviderError, ProviderProtocolError, ProviderRejected
from joanie.common.money import Money
from joanie.core.models import Order
from joanie.core.services.owners import email_of
from joanie.payment.backends.addresses import is_private
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.payplug.client import DEFAULT_BASE_URL, PayplugClient, Wire
from joanie.payment.backends.payplug.mapping import (
    describe_payment,
    describe_refund,
    describe_saved_card,
    find_refund,
    has_refunds,
    is_of_mode,
    read_metadata,
    read_payment,
    read_refund,
    read_state,
)
from joanie.payment.backends.payplug.notification import Told, read_notification
from joanie.payment.backends.types import (
    Attempt,
    Capability,
    OneClickPaymentInfo,
    PaymentInfo,
    ProviderPayment,
    ProviderRefund,
)
from joanie.payment.enums import PaymentState
from joanie.payment.exceptions import (
    AbortPaymentFailed,
    ParseNotificationFailed,
    RegisterPaymentFailed,
)
from joanie.payment.models import CreditCard, Payment

logger = logging.getLogger(__name__)

LIVE_KEY, TEST_KEY = "sk_live_", "sk_test_"
NOT_PAYABLE = (PaymentState.CANCELED, PaymentState.EXPIRED, PaymentState.FAILED)
# How far its clock may be behind ours.
CLOCKS_DIFFER = timedelta(minutes=10)


class PayplugBackend(BasePaymentBackend):
    """Settings: ``secret_key``, which says whether it is live; optional ``base_url``.

    ``api_version``: of the API that answers, the one this was written for unless given.
    """

    name = "payplug"
    label = "PayPlug"
    supported_currencies = frozenset({"EUR"})
    capabilities = frozenset(
        {Capability.REFUND, Capability.RETRIEVE, Capability.FIND, Capability.LIST}
    )

    @classmethod
    def find_faults(cls, configuration: Mapping[str, Any]) -> Iterable[str]:
        key = configuration.get("secret_key")
        if not key:
            yield "“secret_key” is missing: PayPlug's portal shows it to developers."
        elif not isinstance(key, str) or not key.startswith((LIVE_KEY, TEST_KEY)):
            yield f"“secret_key” begins with “{LIVE_KEY}” or “{TEST_KEY}”."
        base_url = str(configuration.get("base_url") or DEFAULT_BASE_URL)
        if not is_private(base_url):
            yield "“base_url” begins with “https://”, unless it is on this machine."
        elif str(key).startswith(LIVE_KEY) and base_url.rstrip("/") != DEFAULT_BASE_URL:
            yield f"“base_url” is {DEFAULT_BASE_URL} where the key begins with “{LIVE_KEY}”."

    @property
    def client(self) -> PayplugClient:
        return PayplugClient(self.configuration)

    @property
    def is_live(self) -> bool:
        return str(self.configuration.get("secret_key")).startswith(LIVE_KEY)

    def create_payment(self, order: Order, billing_address: Mapping[str, str]) -> PaymentInfo:
        body = self._describe(order, billing_address)
        if self._current_attempt().save_card:
            return self._tell_page(self._read(self._create_saving_card(body)))
        return self._tell_page(self._read(self.client.create_payment(body)))

    def create_one_click_payment(
        self, order: Order, billing_address: Mapping[str, str], credit_card_token: str
    ) -> OneClickPaymentInfo:
        body = self._describe(order, billing_address) | describe_saved_card(credit_card_token)
        try:
            wire = self.client.create_payment(body)
        except ProviderRejected as error:
            if not _is_about_card(error):
                raise
            return self._tell_unusable_card()
        return self._tell_charge(order, self._read(wire))

    def handle_notification(self, request: HttpRequest) -> None:
        """Ask again about the payment that is told of, and believe that answer alone.

        PayPlug is not called about what no attempt of ours fits.
        """
        told = read_notification(request.body)
        if told is None:
            return
        if told.is_live not in (None, self.is_live):
            logger.warning("A notification of the other mode came to %s", self.alias)
            raise ParseNotificationFailed("It is of the other mode than our key.")
        payment = self._find_told(told)
        found = self.retrieve_payment(told.payment_id)
        if not payment.provider_reference and (found is None or found.attempt_id != payment.pk):
            raise ParseNotificationFailed("It names an attempt that is not its own.")
        if found is None:
            raise RegisterPaymentFailed(f"PayPlug does not know {told.payment_id}")
        self._do_on_payment_read(payment, found)

    def delete_credit_card(self, credit_card: CreditCard) -> None:
        self.client.delete_card(credit_card.token)

    def abort_payment(self, payment_id: str) -> None:
        """Abort it; when the answer leaves a doubt, what the payment is then counts.

        Without any answer ProviderUnavailable is raised, and trying again is safe.
        """
        try:
            wire = self.client.abort_payment(payment_id)
            if wire is None or read_state(wire) in NOT_PAYABLE:
                return
            doubt: ProviderError = ProviderProtocolError("A payment that was aborted, and is not")
        except (ProviderProtocolError, ProviderRejected) as error:
            doubt = error
        wire = self.client.retrieve_payment(payment_id)
        if wire is None or read_state(wire) in NOT_PAYABLE:
            return
        if read_state(wire) == PaymentState.PENDING:
            raise doubt
        raise AbortPaymentFailed

    def refund_payment(
        self, payment_id: str, amount: Money, idempotency_key: str
    ) -> ProviderRefund:
        """Give money back, unless a refund with this key is there: PayPlug has no such keys."""
        client = self.client
        wire = find_refund(client.list_refunds(payment_id), idempotency_key)
        if wire is None:
            body = describe_refund(amount, idempotency_key)
            wire = client.refund_payment(payment_id, body)
        return read_refund(wire)

    def retrieve_payment(self, payment_id: str) -> ProviderPayment | None:
        wire = self.client.retrieve_payment(payment_id)
        return None if wire is None else self._read(wire)

    def find_payment(self, attempt: Attempt) -> ProviderPayment | None:
        """Look through the list, as far back as the attempt was made."""
        created_on = attempt.created_on or datetime.now(UTC)
        for wire in self.client.list_payments(created_on - CLOCKS_DIFFER):
            if read_metadata(wire).get("attempt") == str(attempt.id):
                return self._read(wire)
        return None

    def list_payments(self, since: datetime) -> Iterator[ProviderPayment]:
        """Give what was made since for this alias; the account may have other business."""
        for wire in self.client.list_payments(since):
            if read_metadata(wire).get("backend") != self.alias:
                continue
            try:
                yield self._read(wire)
            except ProviderProtocolError:
                logger.exception("A payment of the list is left out")

    def _describe(self, order: Order, billing_address: Mapping[str, str]) -> dict[str, Any]:
        attempt = self._current_attempt()
        return describe_payment(
            attempt,
            billing_address,
            names=self._names_of(order),
            email=email_of(order.owner),
            description=self._title_of(order),
        )

    def _create_saving_card(self, body: dict[str, Any]) -> Wire:
        """Create a payment whose card is saved; one without where the account may not save any."""
        try:
            return self.client.create_payment({**body, "save_card": True})
        except ProviderRejected as error:
            if error.context.get("status") != 403:
                raise
            logger.warning("The account %s may not save cards: see PayPlug's portal", self.alias)
            return self.client.create_payment(body)

    def _find_told(self, told: Told) -> Payment:
        """Find the attempt that is told of, by PayPlug's reference or by ours that it repeats.

        Ours counts for an attempt that has not learnt its reference. What fits none waits while
        the answer to a creation may still be on its way. Otherwise nobody here can have made it:
        raises ParseNotificationFailed, so that it is not kept.
        """
        try:
            payment = self._find_attempt(told.payment_id, told.attempt_id)
        except RegisterPaymentFailed as error:
            unanswered = Payment.objects.open().filter(backend=self.alias, provider_reference="")
            if unanswered.exists():
                raise
            raise ParseNotificationFailed("No attempt of ours fits it.") from error
        if payment.provider_reference not in ("", told.payment_id):
            raise ParseNotificationFailed("The attempt that it names has another payment.")
        return payment

    def _read(self, wire: Wire) -> ProviderPayment:
        """Read a payment with its refunds. Raises ProviderProtocolError for another mode's."""
        if not is_of_mode(wire, is_live=self.is_live):
            raise ProviderProtocolError("A payment of the other mode than our key's")
        refunds = self.client.list_refunds(str(wire.get("id"))) if has_refunds(wire) else []
        return read_payment(wire, refunds)


def _is_about_card(error: ProviderRejected) -> bool:
    """Say whether PayPlug names the saved card as what is wrong: most likely it is gone there."""
    return "payment_method" in error.context.get("fields", ())
