"""Work that is still to be done although its job gave up: it is taken up again, day by day."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from joanie.common.queue import enqueue
from joanie.core.services import fulfilment
from joanie.payment.enums import CardState, PaymentFlag, PaymentState, RefundState
from joanie.payment.models import CreditCard, Mail, Payment, ProformaInvoice, Refund

FORGOTTEN_AFTER = timedelta(days=1)
# Unusable money and unsent mails are looked for that long; afterwards they are for staff.
LOOK_BACK = timedelta(days=30)
BATCH = 200
# A mail server that is down for a day keeps all of them.
MAIL_BATCH = 5000


def take_up_forgotten_work(now: datetime | None = None) -> int:
    """Enqueue again what is a day late; return how many jobs. Safe to repeat.

    Orders never fulfilled, refunds never submitted, cards never forgotten, documents never
    rendered, mails never sent, and money that an order cannot use.
    """
    now = now or timezone.now()
    late = now - FORGOTTEN_AFTER
    unfulfilled = fulfilment.take_up_failed(now)
    refunds = Refund.objects.filter(state=RefundState.REQUESTED, created_on__lt=late)
    jobs = [("joanie.payment.submit_refund", "refund_id", refund.pk) for refund in refunds[:BATCH]]
    cards = CreditCard.objects.filter(state=CardState.DELETING, updated_on__lt=late)
    jobs += [("joanie.payment.forget_card", "card_id", card.pk) for card in cards[:BATCH]]
    unrendered = ProformaInvoice.objects.filter(pdf_sha256="", created_on__lt=late)
    jobs += [
        ("joanie.payment.render_document", "invoice_id", invoice.pk)
        for invoice in unrendered[:BATCH]
    ]
    unsent = Mail.objects.waiting().filter(created_on__range=(now - LOOK_BACK, late))
    jobs += [("joanie.payment.send_mail", "mail_id", mail.pk) for mail in unsent[:MAIL_BATCH]]
    jobs += [
        ("joanie.payment.refund_unusable_money", "order_id", order_id)
        for order_id in _orders_with_flagged_money(now)
    ]
    with transaction.atomic():
        for task, argument, pk in jobs:
            enqueue(task, **{argument: str(pk)})
    return unfulfilled + len(jobs)


def _orders_with_flagged_money(now: datetime) -> set[uuid.UUID]:
    flagged = Payment.objects.filter(
        state=PaymentState.SUCCEEDED,
        flag__in=(PaymentFlag.LATE, PaymentFlag.EXCESS),
        settled_at__range=(now - LOOK_BACK, now - FORGOTTEN_AFTER),
    )
    return set(flagged.values_list("order_id", flat=True)[:BATCH])
