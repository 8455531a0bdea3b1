"""The shop that the examples of the API are about, with their very ids."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from tests.api.backends import PageBackend

from joanie.api.examples import story
from joanie.common.money import Money
from joanie.common.signature import SCHEME
from joanie.core.factories import (
    AddressFactory,
    CourseFactory,
    CourseRunFactory,
    EnrollmentFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
    UserFactory,
)
from joanie.core.models import Course, CourseRun, Order, OrderTargetCourseRelation, Product
from joanie.payment.backends.types import Capability, OneClickPaymentInfo, PaymentInfo
from joanie.payment.factories import (
    CreditCardFactory,
    PaymentFactory,
    ProformaInvoiceFactory,
    TransactionFactory,
)

NOW = datetime.fromisoformat(story.NOW)
SECRET = "a secret that an LMS shares with the shop"
SETTINGS = {
    "PAYMENT_BACKENDS": {
        story.PAYMENT_METHOD: {
            "backend": f"{__name__}.AcmeBackend",
            "configuration": {"publishable_key": "pk_5Yw0v3"},
        },
    },
    "DEFAULT_PAYMENT_BACKEND": story.PAYMENT_METHOD,
    "PUBLIC_BASE_URL": "https://joanie.example.org",
    "ALLOWED_RETURN_URLS": [story.RETURN_URL],
    "COURSE_RUN_SYNC_SECRETS": [SECRET],
    "THROTTLE_RATES": None,
}
# What the shop has where an operation asks for something else than the whole story.
SHOPS: dict[str, dict[str, Any]] = {
    "orders_create": {"order": None},
    "orders_payments_create": {"order": "failed"},
    "orders_abort_create": {"order": "pending"},
}


class AcmeBackend(PageBackend):
    """It can do all that the API offers, and charges a saved card at once."""

    name = "acme"
    capabilities = PageBackend.capabilities | {
        Capability.CLIENT_TOKEN,
        Capability.PUBLIC_CONFIGURATION,
        Capability.TOKENIZE,
    }

    def create_payment(self, order: Order, billing_address: Mapping[str, str]) -> PaymentInfo:
        info = super().create_payment(order, billing_address)
        return {**info, "url": f"https://pay.acme.example/{info['payment_id']}"}

    def create_one_click_payment(
        self, order: Order, billing_address: Mapping[str, str], credit_card_token: str
    ) -> OneClickPaymentInfo:
        info = super().create_one_click_payment(order, billing_address, credit_card_token)
        if info["is_paid"]:
            paid = {"id": info["payment_id"], "amount": order.total.amount}
            self._do_on_payment_success(order, paid)  # type: ignore[arg-type]
        return info

    def create_client_token(self, user: AbstractBaseUser) -> str:
        self._misbehave()
        return "eyJ2ZXJzaW9uIjoyfQ"

    def get_public_configuration(self) -> dict[str, Any]:
        return {"publishable_key": self.configuration["publishable_key"]}

    def tokenize_card(self, user: AbstractBaseUser) -> dict[str, Any]:
        self._misbehave()
        return {"url": "https://pay.acme.example/save/seti_4KQ7"}


def sign(body: bytes) -> str:
    """Give the Authorization of an LMS for a body."""
    return f"{SCHEME} {hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"


def open_shop(
    *, order: str | None = "validated", is_enrolled: bool = True, has_run: bool = True
) -> Any:
    """Make the rows of the story, up to where they are wanted; give the learner."""
    learner = UserFactory(username=story.USERNAME, email="learner-1@example.org")
    product = _sell()
    course = product.courses.get()
    AddressFactory(
        id=story.ADDRESS_ID, owner=learner, first_name="First", last_name="Last", is_main=True
    )
    CreditCardFactory(
        id=story.CREDIT_CARD_ID, owner=learner, token="card_1", expiration_year=2029, is_main=True
    )
    run = _teach(course) if has_run else None
    if order is not None:
        _buy(learner, product, course, state=order)
    if run is not None and order == "validated" and is_enrolled:
        EnrollmentFactory(id=story.ENROLLMENT_ID, owner=learner, course_run=run, created_on=NOW)
    return learner


def _sell() -> Product:
    organization = OrganizationFactory(
        id=story.ORGANIZATION_ID, code="UNIVERSITY", title="The University"
    )
    course = CourseFactory(
        code=story.COURSE_CODE, title="Introduction to mathematics", organizations=[organization]
    )
    product: Product = ProductFactory(
        id=story.PRODUCT_ID,
        title="Certificate of achievement",
        description="Shows what you learned.",
        price=Money("120.00", "EUR"),
        max_orders=30,
        courses=[course],
        organizations=[organization],
        target_courses=[course],
    )
    return product


def _teach(course: Course) -> CourseRun:
    run: CourseRun = CourseRunFactory(
        id=story.COURSE_RUN_ID,
        course=course,
        title="Autumn",
        resource_link=story.RESOURCE_LINK,
        enrollment_start=datetime(2026, 7, 1, 8, tzinfo=UTC),
        start=datetime(2026, 9, 7, 8, tzinfo=UTC),
        enrollment_end=datetime(2026, 9, 30, 22, tzinfo=UTC),
        end=datetime(2026, 12, 18, 22, tzinfo=UTC),
    )
    return run


def _buy(learner: Any, product: Product, course: Course, *, state: str) -> None:
    is_paid = state == "validated"
    order = OrderFactory(
        id=story.ORDER_ID, owner=learner, product=product, course=course, state=state
    )
    OrderTargetCourseRelation.objects.create(order=order, course=course, position=0)
    payment = PaymentFactory(
        id=story.PAYMENT_ID,
        order=order,
        state="succeeded" if is_paid else "pending",
        provider_reference=f"page_{story.PAYMENT_ID}",
        url=story.PAYMENT_URL,
    )
    if is_paid:
        invoice = ProformaInvoiceFactory(
            order=order, reference=story.REFERENCE, issued_on=date(2026, 9, 15), state="paid"
        )
        TransactionFactory(proforma_invoice=invoice, payment=payment)
