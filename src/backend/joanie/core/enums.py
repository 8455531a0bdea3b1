"""The values that columns of the core models take, and how states follow each other."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from joanie.common.state_machine import StateMachine


class ProductType(models.TextChoices):
    CREDENTIAL = "credential", _("Credential")
    ENROLLMENT = "enrollment", _("Enrollment")
    CERTIFICATE = "certificate", _("Certificate")


class OrderState(models.TextChoices):
    PENDING = "pending", _("Pending")
    FAILED = "failed", _("Failed")
    VALIDATED = "validated", _("Validated")
    REFUNDING = "refunding", _("Refunding")
    REFUNDED = "refunded", _("Refunded")
    CANCELED = "canceled", _("Canceled")


# The learner has bought it or may still pay for it: one such order per owner, course and product.
ACTIVE_ORDER_STATES = (
    OrderState.PENDING,
    OrderState.FAILED,
    OrderState.VALIDATED,
    OrderState.REFUNDING,
)
PAYABLE_ORDER_STATES = (OrderState.PENDING, OrderState.FAILED)
# The learner has access to the courses.
GRANTING_ORDER_STATES = (OrderState.VALIDATED, OrderState.REFUNDING)

ORDER_MACHINE = StateMachine(
    {
        "validate": ((OrderState.PENDING, OrderState.FAILED), OrderState.VALIDATED),
        "fail": ((OrderState.PENDING,), OrderState.FAILED),
        "retry": ((OrderState.FAILED,), OrderState.PENDING),
        "cancel": (
            (OrderState.PENDING, OrderState.FAILED, OrderState.VALIDATED),
            OrderState.CANCELED,
        ),
        "start_refund": ((OrderState.VALIDATED,), OrderState.REFUNDING),
        "abandon_refund": ((OrderState.REFUNDING,), OrderState.VALIDATED),
        "refund": ((OrderState.VALIDATED, OrderState.REFUNDING), OrderState.REFUNDED),
        "reinstate": ((OrderState.REFUNDED,), OrderState.VALIDATED),
    }
)


class EnrollmentState(models.TextChoices):
    SET = "set", _("Set")
    FAILED = "failed", _("Failed")
