"""Keeping those away who try stolen cards until one works."""

from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.utils import timezone

from joanie.common.client_address import network_of
from joanie.conf import joanie_settings
from joanie.payment.enums import DECLINE_CODES, PaymentState
from joanie.payment.exceptions import TooManyDeclines

WITHIN = timedelta(hours=1)
# Each count has an index of its own, and takes the moment from it.
_DECLINES = """
    WITH declined AS NOT MATERIALIZED (
        SELECT order_id, client_address
        FROM joanie_payment_payment
        WHERE state = %(failed)s AND settled_at >= %(since)s AND failure_code = ANY(%(codes)s)
    )
    SELECT
        (SELECT COUNT(*)
         FROM declined JOIN joanie_core_order AS bought ON bought.id = declined.order_id
         WHERE bought.owner_id = %(learner)s),
        (SELECT COUNT(*) FROM declined WHERE client_address BETWEEN %(first)s AND %(last)s)
"""


def refuse_carding(owner: AbstractBaseUser, client_address: str | None) -> None:
    """Raise TooManyDeclines where too many payments of a learner, or from an address, failed.

    An IPv6 address counts with its neighbours. One statement.
    """
    network = None if client_address is None else network_of(client_address)
    values = {
        "learner": owner.pk,
        "first": network and str(network[0]),
        "last": network and str(network[-1]),
        "failed": PaymentState.FAILED,
        "since": timezone.now() - WITHIN,
        "codes": [*DECLINE_CODES],
    }
    with connection.cursor() as cursor:
        cursor.execute(_DECLINES, values)
        of_learner, from_address = cursor.fetchone()
    if (
        of_learner >= joanie_settings.MAX_DECLINES_PER_HOUR
        or from_address >= joanie_settings.MAX_DECLINES_PER_ADDRESS_AND_HOUR
    ):
        raise TooManyDeclines
