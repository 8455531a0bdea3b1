"""What other systems are told by webhooks of documents."""

from django.utils import timezone

from joanie.core.services.outgoing_events import write_total
from joanie.payment.models import ProformaInvoice
from joanie.webhooks.enums import EventType
from joanie.webhooks.services.telling import Event, is_listened_to, tell


def tell_of_issued(invoice: ProformaInvoice) -> None:
    """Tell that a document was issued, now that its PDF can be had. Safe to repeat.

    In the caller's transaction. One statement when nobody listens.
    """
    event_type = EventType.PROFORMA_INVOICE_ISSUED
    if not is_listened_to(event_type):
        return
    data = {
        "id": str(invoice.pk),
        "order": str(invoice.order_id),
        "reference": invoice.reference,
        "kind": _kind_of(invoice),
        "corrects": invoice.content.get("corrects"),
        "issued_on": invoice.issued_on.isoformat(),
        **write_total(invoice.total),
    }
    tell(event_type, [Event(event_type, f"{event_type}:{invoice.pk}", timezone.now(), data)])


def _kind_of(invoice: ProformaInvoice) -> str:
    if invoice.is_credit_note:
        return "credit_note"
    return "proforma_invoice" if invoice.parent_id is None else "credit_note_reversal"
