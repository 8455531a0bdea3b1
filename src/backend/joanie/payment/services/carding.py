"""Keeping those away who try stolen cards until one works."""

from collections import Counter
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Value
from django.utils import timezone

from joanie.common.client_address import network_of
from joanie.conf import joanie_settings
from joanie.payment.enums import DECLINE_CODES, PaymentState
from joanie.payment.exceptions import TooManyDeclines
from joanie.payment.models import Payment

WITHIN = timedelta(hours=1)
_LEARNER, _ADDRESS = "learner", "address"


def refuse_carding(owner: AbstractBaseUser, client_address: str | None) -> None:
    """Raise TooManyDeclines where too many payments of a learner, or from an address, failed.

    An IPv6 address counts with its neighbours. One statement.
    """
    declines = Payment.objects.order_by().filter(
        state=PaymentState.FAILED,
        failure_code__in=DECLINE_CODES,
        settled_at__gte=timezone.now() - WITHIN,
    )
    reasons = declines.filter(order__owner=owner.pk).values_list(Value(_LEARNER))
    if client_address is not None:
        network = network_of(client_address)
        near = declines.filter(client_address__range=(str(network[0]), str(network[-1])))
        reasons = reasons.union(near.values_list(Value(_ADDRESS)), all=True)
    counts = Counter(reason for (reason,) in reasons)
    if (
        counts[_LEARNER] >= joanie_settings.MAX_DECLINES_PER_HOUR
        or counts[_ADDRESS] >= joanie_settings.MAX_DECLINES_PER_ADDRESS_AND_HOUR
    ):
        raise TooManyDeclines
