"""What a person should look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from joanie.core.enums import EnrollmentState
from joanie.core.models import Enrollment
from joanie.payment.enums import (
    DifferenceState,
    NotificationState,
    PaymentFlag,
    RefundOrigin,
    RefundState,
)
from joanie.payment.models import (
    Difference,
    Payment,
    PaymentNotification,
    ProformaInvoice,
    Refund,
)
from joanie.webhooks.enums import DISABLED_BY_ITSELF
from joanie.webhooks.models import WebhookEndpoint

# A refund that failed longer ago was dealt with.
REFUNDS_LOOKED_AT_FOR = timedelta(days=30)
# By then the worker should have done it.
RENDERED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Matter:
    """Rows of one model that wait for somebody; ``query`` is what lists them in an admin."""

    kind: str
    model: type[Model]
    label: Promise
    count: int
    query: str


def refunds_failed_lately() -> QuerySet[Refund]:
    since = timezone.now() - REFUNDS_LOOKED_AT_FOR
    failed = Refund.objects.filter(state=RefundState.FAILED, created_on__gte=since)
    return failed.exclude(origin=RefundOrigin.BANK)


def matters() -> Iterator[Matter]:
    """Give what there is, a statement for each kind; nothing for what is as it should be."""
    return (matter for matter in count_matters() if matter.count)


def count_matters() -> Iterator[Matter]:
    """Give every kind, with how many there are; a statement for each."""
    unrendered_since = timezone.now() - RENDERED_WITHIN
    looked_at: list[tuple[str, QuerySet[Model], Promise, dict[str, str]]] = [
        (
            "payments_flagged",
            Payment.objects.exclude(flag=""),
            _("Payments to look at"),
            {"attention": "flagged"},
        ),
        (
            "payments_disputed",
            Payment.objects.filter(flag=PaymentFlag.DISPUTED),
            _("Payments disputed at the bank: answer it there in time"),
            {"flag__exact": "disputed"},
        ),
        (
            "differences",
            Difference.objects.filter(state=DifferenceState.OPEN),
            _("Differences with a provider"),
            {"state__exact": "open"},
        ),
        (
            "notifications_parked",
            PaymentNotification.objects.filter(state=NotificationState.DEAD),
            _("Notifications that failed for good"),
            {"state__exact": "dead"},
        ),
        (
            "refunds_failed",
            refunds_failed_lately(),
            _("Refunds that failed lately"),
            {"attention": "failed"},
        ),
        (
            "enrollments_failed",
            Enrollment.objects.filter(state=EnrollmentState.FAILED),
            _("Enrollments that the LMS does not know about"),
            {"state__exact": "failed"},
        ),
        (
            "documents_without_pdf",
            ProformaInvoice.objects.filter(pdf_sha256="", created_on__lt=unrendered_since),
            _("Documents without a PDF"),
            {"pdf": "missing"},
        ),
        (
            "webhook_endpoints_disabled",
            WebhookEndpoint.objects.disabled_by_themselves(),
            _("Webhook endpoints that were switched off because they failed"),
            {"disabled_because__in": ",".join(DISABLED_BY_ITSELF)},
        ),
    ]
    for kind, rows, label, query in looked_at:
        yield Matter(kind, rows.model, label, rows.count(), urlencode(query))
