"""Which payments are to be asked about. Reads only."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from joanie.conf import joanie_settings
from joanie.core.enums import PAYABLE_ORDER_STATES
from joanie.payment.enums import OPEN_PAYMENT_STATES, DifferenceKind, DifferenceState, RefundState
from joanie.payment.models import Difference, Payment
from joanie.payment.services.retirement import payable

MOST_OVERDUE = 200


def old_enough(now: datetime) -> datetime:
    """Give the moment before which a payment's notifications should have come."""
    return now - timedelta(seconds=joanie_settings.RECONCILE_AFTER)


def overdue(alias: str, now: datetime) -> list[uuid.UUID]:
    """Give those that have been open, or whose refund has been pending, for too long.

    Some at a time, those asked about longest ago first.
    """
    moment = old_enough(now)
    is_payable = payable() & (
        Q(state__in=OPEN_PAYMENT_STATES) | Q(order__state__in=PAYABLE_ORDER_STATES)
    )
    found = (
        Payment.objects.filter(
            is_payable | Q(refunds__state=RefundState.PENDING),
            Q(pulled_at=None) | Q(pulled_at__lt=moment),
            created_on__lt=moment,
            backend=alias,
        )
        .order_by(F("pulled_at").asc(nulls_first=True), "created_on")
        .distinct()
    )
    return [pk for pk, _, _ in found.values_list("pk", "pulled_at", "created_on")[:MOST_OVERDUE]]


def made_since(alias: str, since: datetime, now: datetime) -> list[uuid.UUID]:
    """Give all that were made since, however they ended, and older ones that still differ.

    Those asked about longest ago come first: the odd ones do not keep the others waiting.
    """
    differing = Q(differences__state=DifferenceState.OPEN)
    found = Payment.objects.filter(
        Q(created_on__gte=since) | differing, created_on__lt=old_enough(now), backend=alias
    )
    ordered = found.order_by(F("pulled_at").asc(nulls_first=True), "created_on")
    return list(dict.fromkeys(ordered.values_list("pk", flat=True)))


def known_references(alias: str, references: Sequence[str]) -> set[str]:
    """Give those that name a payment here."""
    named = Payment.objects.filter(backend=alias, provider_reference__in=references)
    return set(named.values_list("provider_reference", flat=True))


def still_unknown(alias: str) -> list[Difference]:
    """Give the open differences about money that was unknown here."""
    rows = Difference.objects.filter(
        backend=alias, kind=DifferenceKind.UNKNOWN_HERE, state=DifferenceState.OPEN
    )
    return list(rows.order_by("pk"))


def of_accounts_that_are_gone(since: datetime | None, now: datetime) -> Iterator[tuple[str, int]]:
    """Count, by alias, the payments of accounts that are not configured: nobody can be asked.

    Without ``since``: those that are open, and young enough for somebody to wait for them.
    """
    gone = Payment.objects.exclude(backend__in=list(joanie_settings.PAYMENT_BACKENDS))
    if since is None:
        since = now - timedelta(seconds=joanie_settings.ORDER_EXPIRES_AFTER)
        gone = gone.open()
    counted = gone.filter(created_on__range=(since, old_enough(now))).values("backend")
    for row in counted.annotate(count=Count("pk")).order_by("backend"):
        yield row["backend"], row["count"]
