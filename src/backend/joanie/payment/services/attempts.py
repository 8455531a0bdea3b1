"""One attempt to pay: the row first, then the provider, then its answer."""

from dataclasses import replace
from typing import Any, cast

from django.urls import reverse

from joanie.common.exceptions import ProviderRejected, ProviderUnavailable
from joanie.common.log_context import note_in_log
from joanie.core.models import Order
from joanie.payment.backends.registry import build_backend
from joanie.payment.backends.types import (
    Attempt,
    AttemptUrls,
    OneClickPaymentInfo,
    PaymentInfo,
    UsedCard,
)
from joanie.payment.crash_points import CrashPoint, reached
from joanie.payment.enums import FailureCode, PaymentMethod, PaymentState
from joanie.payment.exceptions import CreatePaymentFailed
from joanie.payment.ledger.booking import book_failure, book_payment, book_update
from joanie.payment.models import Payment
from joanie.payment.services.calls import calling_provider
from joanie.payment.services.payment_request import (
    MeansOfPayment,
    PaymentRequest,
    hold_card,
)


def create_attempt(order: Order, means: MeansOfPayment, request: PaymentRequest) -> Payment:
    """Write the attempt, in the caller's transaction, before the provider hears of it.

    Raises PaymentMethodUnusable when the card went meanwhile.
    """
    hold_card(means)
    return Payment.objects.create(
        order=order,
        backend=means.alias,
        method=means.method,
        amount=order.total,
        billing_address=dict(request.billing_address),
        language=order.language,
        credit_card=means.credit_card,
        save_card=request.save_card,
        return_url=request.return_url,
        client_address=request.client_address,
    )


def send_attempt(payment: Payment, request: PaymentRequest) -> dict[str, Any]:
    """Ask the provider for the payment, store its answer, return the ``payment_info``.

    A refusal fails the attempt and raises CreatePaymentFailed; a wrong key or request raises
    ProviderRejected. Without an understandable answer the attempt stays ``created`` and
    ProviderUnavailable is raised: the pull settles it.
    """
    note_in_log(order_id=payment.order_id, payment_id=payment.pk)
    reached(CrashPoint.ATTEMPT_WRITTEN)
    try:
        with calling_provider(payment.backend, _operation(payment)):
            info = _create(payment, request)
            reference, url = str(info["payment_id"] or ""), info.get("url") or ""
    except CreatePaymentFailed as error:
        failed = _fail(payment, error.context.get("failure_code", FailureCode.DECLINED))
        raise CreatePaymentFailed(
            error.message, order_id=payment.order_id, failure_code=failed.public_failure_code
        ) from error
    except ProviderRejected as error:
        _fail(payment, FailureCode.PROVIDER_ERROR)
        error.context["order_id"] = payment.order_id
        raise
    except ProviderUnavailable as error:
        error.context["order_id"] = payment.order_id
        raise
    reached(CrashPoint.PROVIDER_ANSWERED)
    answer: dict[str, Any] = {**info, "url": url}
    if payment.is_server_side_charge:
        answer = _store_charge(payment, reference, url, cast("OneClickPaymentInfo", info))
    else:
        _store_page(payment, reference, url)
    reached(CrashPoint.ANSWER_STORED)
    return answer


def describe_attempt(payment: Payment, base_url: str = "") -> Attempt:
    """Give the frozen view that backends see; URLs are absolute with ``base_url``."""
    notification = reverse("joanie:payment-notifications", kwargs={"alias": payment.backend})
    return_path = reverse("joanie:payment-return", kwargs={"attempt_id": payment.pk})
    return Attempt(
        id=payment.pk,
        idempotency_key=str(payment.idempotency_key),
        amount=payment.amount,
        language=payment.language,
        urls=AttemptUrls(
            notification=f"{base_url}{notification}",
            return_=f"{base_url}{return_path}",
            cancel=f"{base_url}{return_path}",
        ),
        save_card=payment.save_card,
        created_on=payment.created_on,
    )


def _operation(payment: Payment) -> str:
    return "create_one_click_payment" if payment.credit_card_id else "create_payment"


def _create(payment: Payment, request: PaymentRequest) -> PaymentInfo | OneClickPaymentInfo:
    attempt = describe_attempt(payment, request.base_url)
    if payment.method == PaymentMethod.NONCE:
        attempt = replace(
            attempt,
            payment_method_nonce=request.payment_method_nonce,
            device_data=request.device_data,
        )
    backend = build_backend(payment.backend, attempt)
    address = payment.billing_address
    if payment.credit_card is not None:
        return backend.create_one_click_payment(payment.order, address, payment.credit_card.token)
    return backend.create_payment(payment.order, address)


def _fail(payment: Payment, code: str) -> Payment:
    failed = book_failure(
        order_id=payment.order_id,
        backend=payment.backend,
        reference=None,
        code=code,
        attempt_id=payment.pk,
    )
    return failed or payment


def _store_page(payment: Payment, reference: str, url: str) -> None:
    book_update(
        order_id=payment.order_id,
        backend=payment.backend,
        reference=reference,
        state=PaymentState.PENDING,
        url=url,
        attempt_id=payment.pk,
    )


def _store_charge(
    payment: Payment, reference: str, url: str, info: OneClickPaymentInfo
) -> dict[str, Any]:
    """Book what a synchronous answer says; a no-op where the backend's hooks did already."""
    answer: dict[str, Any] = {**info, "url": url}
    if info.get("is_paid"):
        book_payment(
            order_id=payment.order_id,
            backend=payment.backend,
            reference=reference,
            amount=payment.amount.amount,
            attempt_id=payment.pk,
            card=_describe_card(payment),
        )
    elif info.get("failure_code"):
        failed = book_failure(
            order_id=payment.order_id,
            backend=payment.backend,
            reference=reference,
            code=info["failure_code"],
            attempt_id=payment.pk,
        )
        answer["failure_code"] = (failed or payment).public_failure_code
    else:
        _store_page(payment, reference, url)
    return answer


def _describe_card(payment: Payment) -> UsedCard | None:
    """Say which saved card was charged, which is at hand here; None for a nonce."""
    card = payment.credit_card
    return UsedCard(brand=card.brand, last_numbers=card.last_numbers) if card else None
