"""Short ways to make mails of every kind by what they tell about, and to have them sent."""

import uuid
from collections.abc import Callable
from typing import Any

from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from tests.payment.ledger.books import fail, give_back, invoice_of, notes_of, pay, queued

from joanie.common.money import Money
from joanie.core.factories import CourseFactory, OrganizationFactory, ProductFactory, UserFactory
from joanie.core.models import Order
from joanie.payment.documents.storage import ensure_pdf
from joanie.payment.factories import CreditCardFactory, PaymentFactory
from joanie.payment.mails.outbox import (
    tell_card_expiring,
    tell_card_saved,
    tell_order_expired,
    tell_order_paid,
)
from joanie.payment.mails.sending import send_mail
from joanie.payment.models import CreditCard, Mail

SEND = "joanie.payment.send_mail"


def make_order(language: str = "en", price: Money | None = None, **changes: Any) -> Order:
    """Make an order with an open attempt, in a shop that speaks English and French."""
    seller = OrganizationFactory(
        title="Open University", title_fr="Université ouverte", contact_email="sales@ou.example"
    )
    product = ProductFactory(
        title="Diploma",
        title_fr="Diplôme",
        price=price or Money("120.00", "EUR"),
        courses=[CourseFactory(title="Physics", title_fr="Physique")],
        organizations=[seller],
        **changes,
    )
    owner = UserFactory(first_name="Grace", email="grace@example.org")
    payment = PaymentFactory(
        order__product=product,
        order__owner=owner,
        order__language=language,
        provider_reference="pay_1",
        credit_card=CreditCardFactory(owner=owner),
    )
    order: Order = payment.order
    return order


def paid(language: str = "en", price: Money | None = None) -> Mail:
    order = make_order(language, price)
    pay(order)
    ensure_pdf(invoice_of(order).pk)
    return Mail.objects.get(kind="order_paid")


def free(language: str = "en") -> Mail:
    order = make_order(language)
    free_product = ProductFactory(price=Money(0, "EUR"))
    order = Order.objects.create(
        owner=order.owner,
        course=order.course,
        product=free_product,
        organization=order.organization,
        total=free_product.price,
        vat_rate=20,
        language=language,
        state="validated",
    )
    tell_order_paid(order)
    return Mail.objects.get(kind="order_paid")


def failed(language: str = "en", price: Money | None = None, code: str = "declined") -> Mail:
    fail(make_order(language, price), code=code)
    return Mail.objects.get(kind="payment_failed")


def refunded(language: str = "en", price: Money | None = None, amount: object = None) -> Mail:
    order = make_order(language, price)
    pay(order)
    give_back(order, amount)
    ensure_pdf(notes_of(order)[0].pk)
    return Mail.objects.get(kind="order_refunded")


def expired(language: str = "en", price: Money | None = None) -> Mail:
    order = make_order(language, price)
    Order.objects.filter(pk=order.pk).update(state="canceled")
    tell_order_expired(order)
    return Mail.objects.get(kind="order_expired")


def card_saved(language: str = "en", price: Money | None = None) -> Mail:
    tell_card_saved(_card_of(make_order(language, price)))
    return Mail.objects.get(kind="card_saved")


def card_expiring(language: str = "en", price: Money | None = None) -> Mail:
    tell_card_expiring(_card_of(make_order(language, price)))
    return Mail.objects.get(kind="card_expiring")


KINDS: dict[str, Callable[..., Mail]] = {
    "order_paid": paid,
    "order_refunded": refunded,
    "payment_failed": failed,
    "order_expired": expired,
    "card_saved": card_saved,
    "card_expiring": card_expiring,
}


def _card_of(order: Order) -> CreditCard:
    CreditCard.objects.update(expiration_month=12, expiration_year=timezone.now().year)
    card: CreditCard = order.owner.joanie_credit_cards.get()
    return card


def outbox() -> list[EmailMultiAlternatives]:
    """Give what Django's mailbox of tests received."""
    sent: list[Any] = getattr(django_mail, "outbox", [])
    return sent


def deliver() -> list[EmailMultiAlternatives]:
    """Do the jobs that wait; give all that was sent until now."""
    for job in queued(SEND):
        send_mail(uuid.UUID(job["mail_id"]))
    return outbox()


def sent(mail: Mail) -> EmailMultiAlternatives:
    """Send this one; give what was sent."""
    send_mail(mail.pk)
    return outbox()[-1]


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0].content)


def stored(mail: Mail) -> Mail:
    """Read the row again."""
    return Mail.objects.get(pk=mail.pk)
