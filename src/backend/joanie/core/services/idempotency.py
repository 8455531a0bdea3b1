"""Requests that may be sent again: the same key gives the same answer, and is done once.

Money does not depend on it: orders and payments refuse to be made twice by themselves. It is for
clients that lost an answer and want it back.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Busy, Refused
from joanie.common.retention import delete_in_batches, kept_since
from joanie.common.transactions import short_transaction
from joanie.core.models import IdempotencyRecord

logger = logging.getLogger(__name__)

# Whoever died while answering is not waited for any longer.
LEASE = timedelta(seconds=60)
# What passes by itself is worth another try with the same key.
NOT_STORED = (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)


class IdempotencyKeyReused(Refused):
    code = "idempotency_key_reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This Idempotency-Key was used for another request. Use a new one.")


class IdempotencyKeyInUse(Refused):
    code = "idempotency_key_in_use"
    detail = _("The first request with this Idempotency-Key is still running. Try again.")
    retry_after = 2


@dataclass(frozen=True)
class KeyedRequest:
    """What makes two requests of one owner the same."""

    key: str
    method: str
    path: str
    sha256: str


def claim_key(
    *, owner: AbstractBaseUser, request: KeyedRequest, now: datetime | None = None
) -> IdempotencyRecord:
    """Return the record of a request: answered before, or for the caller to answer now.

    Of several at once one gets it, for ``LEASE``. Raises IdempotencyKeyReused when the key stands
    for another request, IdempotencyKeyInUse while somebody else is answering, Busy.
    """
    now = now or timezone.now()
    fresh = IdempotencyRecord(
        owner_id=owner.pk,
        key=request.key,
        method=request.method,
        path=request.path,
        request_sha256=request.sha256,
        lease_expires_at=now + LEASE,
    )
    with short_transaction():
        IdempotencyRecord.objects.bulk_create([fresh], ignore_conflicts=True)
        records = IdempotencyRecord.objects.select_for_update(no_key=True)
        record = records.filter(owner=owner.pk, key=request.key).first()
        if record is None:  # it was released this instant
            raise Busy
        if record.pk == fresh.pk:
            return record
        limit = _kept_since(now)
        if limit is not None and record.created_on < limit:
            record.delete()
            fresh.save(force_insert=True)
            return fresh
        if _identity(record) != request:
            raise IdempotencyKeyReused
        if record.response_status is not None:
            return record
        if record.lease_expires_at > now:
            raise IdempotencyKeyInUse
        record.lease_expires_at = fresh.lease_expires_at
        record.save(update_fields=["lease_expires_at", "updated_on"])
        return record


def store_answer(*, record: IdempotencyRecord, status: int, body: Any) -> None:
    """Keep the answer (JSON, without secrets) for the request's repetitions.

    One that may be different next time is not kept: the key is free again. Does nothing when the
    lease ran out and somebody else answers.
    """
    ours = IdempotencyRecord.objects.filter(
        pk=record.pk, lease_expires_at=record.lease_expires_at, response_status=None
    )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in NOT_STORED:
        ours.delete()
    elif not ours.update(response_status=status, response_body=body, updated_on=timezone.now()):
        logger.warning("The answer to %s came after its lease", record)


def forget_old_answers(now: datetime | None = None) -> int:
    """Delete the records that ``RETENTION_DAYS`` lets go; return how many. Safe to repeat."""
    limit = _kept_since(now)
    if limit is None:
        return 0
    return delete_in_batches(IdempotencyRecord.objects.filter(created_on__lt=limit))


def _kept_since(now: datetime | None) -> datetime | None:
    return kept_since("idempotency_records", now)


def _identity(record: IdempotencyRecord) -> KeyedRequest:
    return KeyedRequest(record.key, record.method, record.path, record.request_sha256)
