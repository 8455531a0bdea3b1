"""One run: every account is compared, whatever happens to the others."""

import logging
from datetime import datetime

from django.utils import timezone

from joanie.conf import joanie_settings
from joanie.payment.services.reconciliation.account import Account, GiveUp
from joanie.payment.services.reconciliation.report import Report, Unasked
from joanie.payment.services.reconciliation.selection import of_accounts_that_are_gone

logger = logging.getLogger(__name__)


def reconcile_payments(
    now: datetime | None = None,
    *,
    since: datetime | None = None,
    alias: str | None = None,
    is_dry_run: bool = False,
) -> Report:
    """Compare payments with what their providers have, book what is missing, say what differs.

    Without ``since``, the payments that have been open, or whose refund has been pending, for too
    long. With it, all that were made since and, where the provider can list, all that changed
    there since: settled ones too, both ways. A dry run writes nothing.

    Safe to repeat, and at the same time as another. One failing payment does not stop the others;
    a provider that does not answer is left alone until the next time, and reported.
    """
    now = now or timezone.now()
    report = Report(since=since, is_dry_run=is_dry_run)
    for each in [alias] if alias else list(joanie_settings.PAYMENT_BACKENDS):
        try:
            Account(each, now, report).compare()
        except GiveUp as error:
            logger.warning("Account %s could not be asked: %s", each, error)
            report.unasked.append(Unasked(each, str(error)))
        except Exception as error:
            # Whatever is wrong with one account, the others are not to wait for it.
            logger.exception("Account %s could not be compared", each)
            report.unasked.append(Unasked(each, type(error).__name__))
    if alias is None:
        report.unasked += [
            Unasked(gone, f"not configured any more; its payments: {count}")
            for gone, count in of_accounts_that_are_gone(since, now)
        ]
    return report
