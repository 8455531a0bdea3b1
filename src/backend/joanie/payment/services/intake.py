"""The inbox: authenticate, store, act. What is stored is not lost; what failed is tried again."""

import logging
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_fsm import can_proceed
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from joanie.common import metrics
from joanie.common.log_context import log_context, note_in_log
from joanie.common.transactions import forbid_transaction
from joanie.conf import joanie_settings
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.registry import build_backend
from joanie.payment.backends.types import Capability
from joanie.payment.crash_points import CrashPoint, reached
from joanie.payment.enums import UNSETTLED_NOTIFICATION_STATES, NotificationState
from joanie.payment.exceptions import (
    NotificationTooLarge,
    ParseNotificationFailed,
    UnknownPaymentBackend,
)
from joanie.payment.models import PaymentNotification
from joanie.payment.services.inbox_requests import keep_request, rebuild_request

logger = logging.getLogger(__name__)

# How long whoever works on a row keeps others away from it.
LEASE = timedelta(minutes=1)
# Waits between attempts; after the last one the row is parked for a person.
BACK_OFF = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 30, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
)

SETTLED = (NotificationState.PROCESSED, NotificationState.IGNORED)


class Receipt(Enum):
    """What became of a delivery."""

    DONE = "done"
    DUPLICATE = "duplicate"
    KEPT = "kept"


def receive_notification(alias: str, request: HttpRequest) -> Receipt | HttpResponse:
    """Take in a delivery: KEPT means that it is stored, and will be tried again.

    A provider's check of our address is answered with a response. Raises UnknownPaymentBackend,
    and ParseNotificationFailed for what the provider did not send; that leaves no row.
    """
    forbid_transaction()
    outcome = "error"
    try:
        answer = _receive(build_backend(alias), request)
        outcome = answer.value if isinstance(answer, Receipt) else "challenge"
    except UnknownPaymentBackend:
        alias, outcome = "", "rejected"
        raise
    except ParseNotificationFailed:
        outcome = "rejected"
        raise
    finally:
        metrics.notification_deliveries.labels(alias, outcome).inc()
    return answer


def _receive(backend: BasePaymentBackend, request: HttpRequest) -> Receipt | HttpResponse:
    notification = _open(backend, request)
    if isinstance(notification, HttpResponse):
        return notification
    notification, is_new = _store(notification)
    note_in_log(notification_id=notification.pk)
    if is_new:
        reached(CrashPoint.NOTIFICATION_STORED)
        state = _act(notification, is_removable=not notification.is_authenticated)
    elif notification.state in UNSETTLED_NOTIFICATION_STATES:
        state = process_notification(notification)
    else:
        return Receipt.DUPLICATE
    return Receipt.DONE if state in SETTLED else Receipt.KEPT


def process_notification(notification: PaymentNotification) -> str:
    """Give a stored notification to its backend again; return its state then. Safe to repeat.

    Signature and age of what was authenticated on receipt are not checked again. The row stays,
    whatever the backend says of it now.
    """
    forbid_transaction()
    _take(notification)
    return _act(notification, is_removable=False)


def process_due_notifications(now: datetime | None = None, limit: int = 200) -> int:
    """Process what was stored but not settled; return how many were taken up.

    Several workers share the work: each takes a row by moving its next attempt into the future.
    """
    moment = now or timezone.now()
    for taken in range(limit):
        notification = _take_due(moment)
        if notification is None:
            return taken
        _act(notification, is_removable=False)
    return limit


def _open(backend: BasePaymentBackend, request: HttpRequest) -> PaymentNotification | HttpResponse:
    """Read and authenticate a request: the row to store, or the answer to a challenge."""
    _refuse_large_notification(request)
    notification = keep_request(backend.alias, request)
    rebuilt = rebuild_request(notification)
    if backend.can(Capability.ANSWER_CHALLENGE):
        answer = backend.answer_challenge(rebuilt)
        if answer is not None:
            return answer
    if backend.can(Capability.AUTHENTICATE):
        try:
            backend.authenticate(rebuilt)
        except (ParseNotificationFailed, ParseError, UnsupportedMediaType) as error:
            logger.warning("A notification of %s was refused: %s", backend.alias, error)
            _count_rejection(backend.alias)
            raise ParseNotificationFailed from error
        notification.is_authenticated = True
        notification.event_id = _read_event_id(backend, rebuilt)
    return notification


def _refuse_large_notification(request: HttpRequest) -> None:
    """Raise NotificationTooLarge before the body is read, ParseNotificationFailed without size."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > joanie_settings.MAX_NOTIFICATION_SIZE:
            raise NotificationTooLarge
        _ = request.body
    except RequestDataTooBig as error:
        raise NotificationTooLarge from error
    except (ValueError, OSError) as error:
        raise ParseNotificationFailed from error


def _read_event_id(backend: BasePaymentBackend, request: HttpRequest) -> str | None:
    """What the provider did send, and we do not understand, is kept without an id."""
    if not backend.can(Capability.EVENT_ID):
        return None
    try:
        event_id = backend.get_event_id(request)
    except ParseNotificationFailed:
        return None
    return event_id[:255] if event_id else None


def _store(notification: PaymentNotification) -> tuple[PaymentNotification, bool]:
    """Commit the row; an event that is there already is returned instead."""
    notification.attempts = 1
    notification.next_attempt_at = timezone.now() + LEASE
    try:
        with transaction.atomic():
            notification.save(force_insert=True)
    except IntegrityError:
        stored = PaymentNotification.objects.filter(
            backend=notification.backend, event_id=notification.event_id
        ).first()
        if stored is None:
            raise
        return stored, False
    return notification, True


def _take_due(now: datetime) -> PaymentNotification | None:
    """Take the row that has waited longest; one that keeps killing its process is parked."""
    with transaction.atomic():
        notification = (
            PaymentNotification.objects.due(now)
            .select_for_update(skip_locked=True, no_key=True)
            .order_by("next_attempt_at")
            .first()
        )
        if notification is not None:
            _take(notification)
    if notification is not None and notification.attempts > len(BACK_OFF) + 1:
        state = _settle(notification, "park", last_error="It was never processed to its end.")
        _count_failure(notification, state)
        return _take_due(now)
    return notification


def _take(notification: PaymentNotification) -> None:
    """Count the attempt before it is made, and keep others away meanwhile."""
    notification.attempts += 1
    notification.next_attempt_at = timezone.now() + LEASE
    notification.save(update_fields=["attempts", "next_attempt_at", "updated_on"])


def _act(notification: PaymentNotification, *, is_removable: bool) -> str:
    """Let the backend read the row and call the hooks; record how it went.

    Removable is what nobody has vouched for yet: when its backend, having no ``authenticate``,
    finds that the provider did not send it, the row goes and ParseNotificationFailed is raised.
    """
    try:
        backend = build_backend(notification.backend)
        with log_context(notification_id=notification.pk):
            _handle(backend, notification)
    except ParseNotificationFailed as error:
        if not is_removable:
            return _record_failure(notification, error)
        notification.delete()
        _count_rejection(notification.backend)
        raise
    except Exception as error:
        logger.exception("Notification %s was not processed", notification.pk)
        return _record_failure(notification, error)
    reached(CrashPoint.NOTIFICATION_ACTED_ON)
    state = NotificationState.PROCESSED if backend.has_reported else NotificationState.IGNORED
    _count_attempt(notification, state)
    # In one statement, for this is the busiest path; the trigger guards the move.
    PaymentNotification.objects.filter(
        pk=notification.pk, state__in=UNSETTLED_NOTIFICATION_STATES
    ).update(state=state, processed_at=timezone.now(), updated_on=timezone.now())
    reached(CrashPoint.NOTIFICATION_SETTLED)
    return state


def _handle(backend: BasePaymentBackend, notification: PaymentNotification) -> None:
    try:
        backend.handle_notification(rebuild_request(notification))
    except (ParseError, UnsupportedMediaType) as error:
        raise ParseNotificationFailed from error


def _record_failure(notification: PaymentNotification, error: Exception) -> str:
    attempts = notification.attempts
    is_over = attempts > len(BACK_OFF)
    state = _settle(
        notification,
        "park" if is_over else "fail",
        next_attempt_at=timezone.now() + BACK_OFF[min(attempts, len(BACK_OFF)) - 1],
        last_error=f"{type(error).__name__}: {error}"[:2000],
    )
    _count_failure(notification, state)
    logger.log(
        logging.ERROR if is_over else logging.WARNING,
        "Notification %s is %s after %d attempts: %s",
        notification.pk,
        state,
        attempts,
        error,
    )
    return state


def _settle(notification: PaymentNotification, move: str, **values: Any) -> str:
    """Move the row as it is now, unless it went further meanwhile; return its state then."""
    with transaction.atomic():
        row = PaymentNotification.objects.select_for_update(no_key=True).get(pk=notification.pk)
        if row.state in SETTLED:
            return str(row.state)
        if move == "park" and row.state == NotificationState.RECEIVED:
            row.fail()
        if can_proceed(getattr(row, move)):
            getattr(row, move)()
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
    return str(row.state)


def _count_failure(notification: PaymentNotification, state: str) -> None:
    """Count nothing when somebody else settled the row meanwhile: they counted it."""
    if state not in SETTLED:
        _count_attempt(notification, "parked" if state == NotificationState.DEAD else "failed")


def _count_attempt(notification: PaymentNotification, outcome: str) -> None:
    metrics.notification_attempts.labels(notification.backend, outcome).inc()


def _count_rejection(alias: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO joanie_payment_notificationrejection (backend, day, count)
            VALUES (%s, %s, 1)
            ON CONFLICT (backend, day) DO UPDATE
            SET count = joanie_payment_notificationrejection.count + 1
            """,
            [alias, timezone.now().date()],
        )
