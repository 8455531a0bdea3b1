"""Factories of the payment models, for tests and demonstrations. Part of the public API."""

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from joanie.conf import joanie_settings
from joanie.core.factories import OrderFactory, UserFactory
from joanie.payment import models
from joanie.payment.enums import TransactionKind
from joanie.payment.ledger.vat import contained_vat


class BillingAddressDictFactory(factory.DictFactory):
    """The mapping that payment backends get."""

    first_name = factory.Faker("first_name")
    last_name = factory.Faker("last_name")
    address = "10 rue de la Paix"
    postcode = "75002"
    city = "Paris"
    country = "FR"


def default_alias() -> str:
    return str(joanie_settings.DEFAULT_PAYMENT_BACKEND)


class CreditCardFactory(DjangoModelFactory):
    class Meta:
        model = models.CreditCard

    owner = factory.SubFactory(UserFactory)
    backend = factory.LazyFunction(default_alias)
    token = factory.Sequence(lambda number: f"card_{number:06d}")
    title = "My card"
    brand = "Visa"
    last_numbers = "4242"
    expiration_month = 12
    expiration_year = factory.LazyFunction(lambda: timezone.now().year + 3)


class PaymentFactory(DjangoModelFactory):
    """An attempt that the provider knows. ``state`` can be given."""

    class Meta:
        model = models.Payment

    order = factory.SubFactory(OrderFactory)
    backend = factory.LazyFunction(default_alias)
    provider_reference = factory.Sequence(lambda number: f"pay_{number:06d}")
    state = "pending"
    amount = factory.LazyAttribute(lambda payment: payment.order.total)
    billing_address = factory.SubFactory(BillingAddressDictFactory)
    language = factory.LazyAttribute(lambda payment: payment.order.language)


class ProformaInvoiceFactory(DjangoModelFactory):
    """A document as the ledger issues it, for an order that has none."""

    class Meta:
        model = models.ProformaInvoice

    order = factory.SubFactory(OrderFactory)
    reference = factory.Sequence(lambda number: f"PF-TEST-{number:06d}")
    issued_on = factory.LazyFunction(lambda: timezone.now().date())
    language = factory.LazyAttribute(lambda invoice: invoice.order.language)
    total = factory.LazyAttribute(lambda invoice: invoice.order.total)
    vat_rate = factory.LazyAttribute(lambda invoice: invoice.order.vat_rate)
    vat_amount = factory.LazyAttribute(
        lambda invoice: contained_vat(invoice.total, invoice.vat_rate).amount
    )
    content = factory.LazyAttribute(
        lambda invoice: {
            "seller": {
                "name": invoice.order.organization.title,
                "address": invoice.order.organization.address,
                "postcode": invoice.order.organization.postcode,
                "city": invoice.order.organization.city,
                "country": str(invoice.order.organization.country),
                "registration_number": invoice.order.organization.registration_number,
                "vat_number": invoice.order.organization.vat_number,
                "contact_email": "",
            },
            "buyer": {**BillingAddressDictFactory(), "email": invoice.order.owner.email},
            "lines": [
                {
                    "title": invoice.order.product.title,
                    "detail": invoice.order.course.title,
                    "quantity": 1,
                    "total": str(invoice.total.amount),
                }
            ],
            "payment": {
                "provider": default_alias(),
                "reference": "pay_test",
                "brand": "Visa",
                "last_numbers": "4242",
                "paid_on": timezone.now().date().isoformat(),
            },
            "order": {
                "id": str(invoice.order.pk),
                "placed_on": timezone.now().date().isoformat(),
            },
            "corrects": None,
            "reason": "",
        }
    )


class TransactionFactory(DjangoModelFactory):
    """Money that came, on an invoice."""

    class Meta:
        model = models.Transaction

    proforma_invoice = factory.SubFactory(ProformaInvoiceFactory)
    payment = factory.LazyAttribute(
        lambda line: PaymentFactory(order=line.proforma_invoice.order, state="succeeded")
    )
    backend = factory.LazyAttribute(lambda line: line.payment.backend)
    reference = factory.LazyAttribute(lambda line: line.payment.provider_reference)
    kind = TransactionKind.PAYMENT
    total = factory.LazyAttribute(lambda line: line.proforma_invoice.total)
