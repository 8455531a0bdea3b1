"""One shop with one of everything, all of it one learner's, and who looks at it."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from tests.api.api_client import make_token
from tests.api.example_shop import AcmeBackend

from joanie.common.money import Money
from joanie.core.factories import (
    AddressFactory,
    CourseRunFactory,
    EnrollmentFactory,
    OrderFactory,
    ProductFactory,
    UserFactory,
)
from joanie.payment.backends.types import Capability, ProviderRefund
from joanie.payment.documents.storage import ensure_pdf
from joanie.payment.enums import RefundState
from joanie.payment.exceptions import ParseNotificationFailed
from joanie.payment.factories import (
    CreditCardFactory,
    PaymentFactory,
    ProformaInvoiceFactory,
    TransactionFactory,
)
from joanie.payment.models import (
    Difference,
    Mail,
    NotificationRejection,
    PaymentNotification,
    Refund,
)


class Vault(AcmeBackend):
    """It gives money back too, and sent no notification that anybody shows."""

    capabilities = AcmeBackend.capabilities | {Capability.REFUND, Capability.AUTHENTICATE}

    def authenticate(self, request: HttpRequest) -> None:
        raise ParseNotificationFailed

    def refund_payment(
        self, payment_id: str, amount: Money, idempotency_key: str
    ) -> ProviderRefund:
        return ProviderRefund(f"re_{idempotency_key}", amount, RefundState.SUCCEEDED)


SETTINGS = {
    "PAYMENT_BACKENDS": {
        "vault": {
            "backend": f"{__name__}.Vault",
            "configuration": {"publishable_key": "pk_1"},
        }
    },
    "DEFAULT_PAYMENT_BACKEND": "vault",
    "THROTTLE_RATES": None,
}


class World:
    """``rows``: by model, in lower case; the order is paid. Other orders can still be paid."""

    def __init__(self) -> None:
        self.owner = UserFactory(username="grace")
        self.offer = ProductFactory()
        self.pending = self._attempt("pending")
        self.failed = self._attempt("failed")
        self.refund_id = uuid.uuid4()
        self.rows = {row._meta.label_lower: row for row in self._fill()}

    def row(self, model: str) -> Any:
        return self.rows[model.replace("/", ".")]

    def _attempt(self, state: str) -> Any:
        return PaymentFactory(
            state=state,
            order__owner=self.owner,
            order__state=state,
            pulled_at=timezone.now() + timedelta(days=1),
        )

    def _fill(self) -> list[Any]:
        order = OrderFactory(owner=self.owner, state="validated")
        invoice = ProformaInvoiceFactory(order=order)
        ensure_pdf(invoice.pk)
        line = TransactionFactory(proforma_invoice=invoice)
        payment = line.payment
        run = CourseRunFactory(course=order.course)
        about = {"backend": "vault", "payment": payment}
        letter = {"kind": "order_paid", "key": str(order.pk), "owner": self.owner}
        told = {"backend": "vault", "method": "POST", "path": "/", "body": b"{}"}
        return [
            *(line, payment, invoice, order, run),
            *(order.course, order.product, order.organization),
            AddressFactory(owner=self.owner, is_main=True),
            CreditCardFactory(owner=self.owner, is_main=True),
            EnrollmentFactory(owner=self.owner, course_run=run),
            Difference.objects.create(kind="refund", subject="re_1", **about),
            Mail.objects.create(order=order, language="en", **letter),
            NotificationRejection.objects.create(backend="vault", day="2026-01-01", count=2),
            PaymentNotification.objects.create(state="dead", **told),
            Refund.objects.create(payment=payment, amount=Money(1, "EUR"), origin="staff"),
        ]


def learner(user: Any) -> Client:
    return Client(headers={"Authorization": f"Bearer {make_token(user.get_username())}"})


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff_with(*codenames: str) -> Client:
    return _staff(Permission.objects.filter(codename__in=codenames))


def staff_without(*codenames: str) -> Client:
    return _staff(Permission.objects.exclude(codename__in=codenames))


def _staff(permissions: Any) -> Client:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(permissions)
    return logged_in(user)


WRITING = re.compile(
    r"\s*(INSERT INTO|UPDATE|DELETE FROM) \"?(joanie_|django_admin_log)|.*procrastinate_defer",
    re.DOTALL,
)
# Refusals of notifications are counted.
COUNTED = "joanie_payment_notificationrejection"


@contextmanager
def undone() -> Iterator[list[str]]:
    """Take back what is written, and give a list that will tell of it.

    To the code it is the test's own transaction, not one of its own.
    """
    written: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        text = str(sql)
        if WRITING.match(text) and COUNTED not in text and context["cursor"].rowcount:
            written.append(text)
        return done

    block: Any = transaction.atomic()
    block._from_testcase = True
    with block, connection.execute_wrapper(note):
        yield written
        transaction.set_rollback(True)
