"""What is told, and how telling it goes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.common.state_machine import StateMachine


class EventType(models.TextChoices):
    ORDER_VALIDATED = "order.validated", _("Order validated")
    ORDER_FAILED = "order.failed", _("Order failed")
    ORDER_CANCELED = "order.canceled", _("Order canceled")
    ORDER_REFUNDED = "order.refunded", _("Order refunded")
    PROFORMA_INVOICE_ISSUED = "proforma_invoice.issued", _("Pro forma invoice issued")
    ENROLLMENT_SET = "enrollment.set", _("Enrollment set")
    PRODUCT_CHANGED = "product.changed", _("Product changed")
    TEST = "joanie.test", _("Test")


# Sent to one endpoint by hand: nobody asks for it.
CHOSEN_EVENT_TYPES = [choice for choice in EventType.choices if choice[0] != EventType.TEST]


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Pending")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")


DELIVERY_MACHINE = StateMachine(
    {
        "deliver": ((DeliveryState.PENDING,), DeliveryState.DELIVERED),
        "give_up": ((DeliveryState.PENDING,), DeliveryState.FAILED),
        "send_again": ((DeliveryState.DELIVERED, DeliveryState.FAILED), DeliveryState.PENDING),
    }
)


class DisabledBecause(models.TextChoices):
    """Why nothing is sent to an endpoint. Those that no person chose are shown to staff."""

    STAFF = "staff", _("Switched off by staff")
    GONE = "gone", _("It answered 410: it does not want any more")
    FAILING = "failing", _("It failed for days")


DISABLED_BY_ITSELF = (DisabledBecause.GONE, DisabledBecause.FAILING)
