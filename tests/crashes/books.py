"""What has to be true at the end, whoever died: at the provider, here, and between the two."""

import re
from collections import Counter
from pathlib import Path

from django.conf import settings
from tests.crashes.shop import Shop, left_over_jobs
from tests.shop import SECRET

from joanie.common.money import Money, from_minor_units
from joanie.core.enums import GRANTING_ORDER_STATES
from joanie.core.models import Enrollment, Order
from joanie.emulators.kit.acquirer.records import Payment as ProviderPayment
from joanie.payment.backends.dummy.mapping import PAYMENT_STATES
from joanie.payment.crash_points import CrashPoint
from joanie.payment.enums import (
    OPEN_PAYMENT_STATES,
    OPEN_REFUND_STATES,
    UNSETTLED_NOTIFICATION_STATES,
    CardState,
    PaymentState,
    TransactionKind,
)
from joanie.payment.ledger.refunds import sum_of
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import (
    CreditCard,
    Mail,
    Payment,
    PaymentNotification,
    ProformaInvoice,
    Refund,
    Transaction,
)

# What expires here is aborted there.
AS_THE_PROVIDER_SAYS = {PaymentState.EXPIRED: PaymentState.CANCELED}
MESSAGE_ID = re.compile(r"^Message-ID:\s*(\S+)", re.MULTILINE)


def check_everything(shop: Shop) -> None:
    """The ledger adds up, the provider agrees, nothing waits, and papers went out once."""
    assert list(verify_ledger()) == []
    check_payments(shop)
    check_refunds(shop)
    check_cards(shop)
    check_nothing_waits()
    check_papers(shop)
    check_access()


def check_payments(shop: Shop) -> None:
    """Both sides know the same payments, in the same states, with the same money."""
    theirs = {payment.id: payment for payment in shop.state.all_payments()}
    ours = {
        each.provider_reference: each for each in Payment.objects.exclude(provider_reference="")
    }
    assert ours.keys() == theirs.keys()
    for reference, payment in ours.items():
        their = theirs[reference]
        assert sum_of(payment) == kept(their)
        assert (
            AS_THE_PROVIDER_SAYS.get(payment.state, payment.state) == PAYMENT_STATES[their.status]
        )
        assert payment.is_unmatched is False
    lost = Payment.objects.filter(provider_reference="")
    assert not lost.filter(state__in=(*OPEN_PAYMENT_STATES, PaymentState.SUCCEEDED)).exists()
    booked = Transaction.objects.filter(kind=TransactionKind.PAYMENT)
    assert booked.count() == len(charged(shop))


def check_refunds(shop: Shop) -> None:
    theirs = [
        (refund.id, from_minor_units(refund.amount, refund.currency), refund.status)
        for payment in shop.state.all_payments()
        for refund in payment.refunds
    ]
    ours = [(each.provider_reference, each.amount, each.state) for each in Refund.objects.all()]
    assert Counter(ours) == Counter(theirs)


def check_cards(shop: Shop) -> None:
    account = shop.state.accounts.with_secret(SECRET)
    assert account is not None
    theirs = {card.token for card in shop.state.saved_cards(account)}
    assert set(CreditCard.objects.values_list("token", flat=True)) == theirs


def check_nothing_waits() -> None:
    assert left_over_jobs() == []
    unsettled = PaymentNotification.objects.filter(state__in=UNSETTLED_NOTIFICATION_STATES)
    assert not unsettled.exists()
    assert not Refund.objects.filter(state__in=OPEN_REFUND_STATES).exists()
    assert not CreditCard.objects.filter(state=CardState.DELETING).exists()
    assert not ProformaInvoice.objects.filter(pdf_sha256="").exists()
    assert not Mail.objects.waiting().exists()


def check_papers(shop: Shop) -> None:
    """One file per document, one message per mail, unless we cannot know that it is there."""
    documents = ProformaInvoice.objects.count()
    files = len([*Path(settings.MEDIA_ROOT).rglob("*.pdf")])
    assert files == documents + shop.fate.deaths[CrashPoint.DOCUMENT_STORED]
    messages = Counter(sent_messages(shop))
    assert len(messages) == Mail.objects.filter(sent_at__isnull=False).count()
    assert messages.total() == len(messages) + shop.fate.deaths[CrashPoint.MAIL_SENT]


def check_access() -> None:
    """Whoever bought a product is enrolled in its course, and nobody else is."""
    for order in Order.objects.all():
        bought = Order.objects.filter(
            owner=order.owner_id, product=order.product_id, state__in=GRANTING_ORDER_STATES
        )
        enrolled = Enrollment.objects.filter(
            owner=order.owner_id,
            course_run__course__in=order.product.target_courses.all(),
            is_active=True,
        )
        assert enrolled.count() == bought.count()


def sent_messages(shop: Shop) -> list[str]:
    """Give the Message-ID of everything that the mail server got."""
    folder = Path(shop.processes.world.settings["EMAIL_FILE_PATH"])
    texts = [file.read_text(encoding="utf-8") for file in folder.glob("*.log")]
    return [found for text in texts for found in MESSAGE_ID.findall(text)]


def charged(shop: Shop) -> list[ProviderPayment]:
    """Give what the provider took from learners, given back or not."""
    return [each for each in shop.state.all_payments() if each.status == "succeeded"]


def kept(payment: ProviderPayment) -> Money:
    """What the provider took and did not give back."""
    taken = payment.amount if payment.status == "succeeded" else 0
    return from_minor_units(taken - payment.amount_refunded, payment.currency)
