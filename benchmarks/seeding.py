"""The shop that is measured: its catalogue, its learners, and what they bought."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from benchmarks import databases
from joanie.core.enums import OrderState
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
    UserFactory,
)
from joanie.core.models import Course, Order, Organization, Product
from joanie.payment.documents.storage import ensure_pdf, read_pdf
from joanie.payment.factories import (
    BillingAddressDictFactory,
    PaymentFactory,
    ProformaInvoiceFactory,
    TransactionFactory,
)
from joanie.payment.models import DocumentSequence, Payment, ProformaInvoice, Transaction

ORGANIZATIONS, COURSES, PRODUCTS, TARGETS, RUNS = 5, 50, 200, 3, 2
# Learners by how many orders they have: 2,000 of them, 20,000 orders.
COLLECTORS, REGULARS, BUYERS = 20, 1800, 180
ORDERS_OF_COLLECTOR, ORDERS_OF_REGULAR = 100, 10
# How many orders there are at first, in the smaller of the two databases.
FEW = 1000
PDFS = 100
BATCH = 1000

# What placing an order freezes, and the place that its learner got in the first course.
FREEZE = """
    INSERT INTO joanie_core_ordertargetcourserelation
        (id, created_on, updated_on, order_id, course_id, position, is_graded)
    SELECT gen_random_uuid(), now(), now(), o.id, r.course_id, r.position, r.is_graded
    FROM joanie_core_order o
    JOIN joanie_core_producttargetcourserelation r ON r.product_id = o.product_id
    WHERE o.id = ANY(%s)
"""
ENROLL = """
    INSERT INTO joanie_core_enrollment
        (id, created_on, updated_on, owner_id, course_run_id,
         is_active, state, is_taken_back, failure, is_refused)
    SELECT DISTINCT ON (o.owner_id, r.course_id) gen_random_uuid(), now(), now(),
        o.owner_id, (array_agg(run.id ORDER BY run.title))[1], true, 'set', false, '', false
    FROM joanie_core_order o
    JOIN joanie_core_producttargetcourserelation r
        ON r.product_id = o.product_id AND r.position = 0
    JOIN joanie_core_courserun run ON run.course_id = r.course_id
    WHERE o.id = ANY(%s)
    GROUP BY o.owner_id, r.course_id
    ON CONFLICT DO NOTHING
"""


def prepare(*, reuses: bool) -> None:
    """Make both databases anew, and the files; ``reuses`` those of the last run if they fit."""
    fingerprint = _fingerprint()
    names = (databases.MAIN, databases.SMALL)
    if reuses and all(databases.fingerprint(name) == fingerprint for name in names):
        return
    rmtree(settings.MEDIA_ROOT, ignore_errors=True)
    databases.create(databases.MAIN)
    call_command("migrate", verbosity=0)
    shop = open_shop()
    sales = planned_sales(shop)
    sell_in_batches(shop, sales, FEW)
    analyze()
    databases.create(databases.SMALL, template=databases.MAIN)
    sell_in_batches(shop, sales)
    print_documents(shop)
    analyze()
    for name in names:
        databases.note_fingerprint(name, fingerprint)


def _fingerprint() -> str:
    """Tell one seed from another: by this file, the migrations and the day."""
    migrations = sorted(MigrationLoader(None).disk_migrations)
    seed = f"{timezone.now().date()} {migrations} {Path(__file__).read_text(encoding='utf-8')}"
    return sha256(seed.encode()).hexdigest()


@dataclass
class Shop:
    """Rows that everything else is made of."""

    organizations: Sequence[Organization]
    courses: Sequence[Course]
    products: Sequence[Product]
    collectors: Sequence[Any]
    regulars: Sequence[Any]
    buyers: Sequence[Any]
    _numbers: Counter[str] = field(default_factory=Counter)

    def place(self, sales: Iterable[tuple[Any, int]], state: str) -> list[Order]:
        """Write orders of learners for products, given by their place in the catalogue."""
        orders = [
            OrderFactory.build(
                owner=owner,
                product=self.products[number],
                course=self.courses[number % COURSES],
                organization=self.organizations[number % ORGANIZATIONS],
                state=state,
            )
            for owner, number in sales
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            Order.objects.bulk_create(orders, batch_size=BATCH)
            cursor.execute(FREEZE, [[order.pk for order in orders]])
        return orders

    def open_payments(self, orders: Iterable[Order], state: str = "pending") -> list[Payment]:
        address = BillingAddressDictFactory()
        moment = timezone.now() if state == "succeeded" else None
        payments = [
            PaymentFactory.build(
                order=order,
                state=state,
                provider_reference=f"pay_{order.pk.hex}",
                billing_address=address,
                settled_at=moment,
            )
            for order in orders
        ]
        return Payment.objects.bulk_create(payments, batch_size=BATCH)

    def sell(self, sales: Iterable[tuple[Any, int]]) -> None:
        """Write paid orders with all that belongs to them: payments, documents, transactions."""
        orders = self.place(sales, OrderState.VALIDATED)
        payments = self.open_payments(orders, "succeeded")
        invoices = ProformaInvoice.objects.bulk_create(
            (
                ProformaInvoiceFactory.build(
                    order=order, reference=self._next_reference(order), state="paid"
                )
                for order in orders
            ),
            batch_size=BATCH,
        )
        Transaction.objects.bulk_create(
            (
                TransactionFactory.build(proforma_invoice=invoice, payment=payment)
                for invoice, payment in zip(invoices, payments, strict=True)
            ),
            batch_size=BATCH,
        )
        with connection.cursor() as cursor:
            cursor.execute(ENROLL, [[order.pk for order in orders]])

    def number_documents(self) -> None:
        """Have the series go on after the documents that were written."""
        DocumentSequence.objects.bulk_create(
            [DocumentSequence(series=name, last_number=n) for name, n in self._numbers.items()],
            update_conflicts=True,
            unique_fields=["series"],
            update_fields=["last_number"],
        )

    def _next_reference(self, order: Order) -> str:
        series = f"PF-{order.organization.code}-{timezone.now().year}"
        self._numbers[series] += 1
        return f"{series}-{self._numbers[series]:06d}"


def open_shop() -> Shop:
    """Write catalogue and learners."""
    organizations = OrganizationFactory.create_batch(ORGANIZATIONS)
    courses = [
        CourseFactory(organizations=[organizations[number % ORGANIZATIONS]])
        for number in range(COURSES)
    ]
    for course in courses:
        CourseRunFactory.create_batch(
            RUNS, course=course, enrollment_end=timezone.now() + timedelta(days=10)
        )
    products = [
        ProductFactory(
            courses=[courses[number % COURSES]],
            organizations=[organizations[number % ORGANIZATIONS]],
            target_courses=[courses[(number * 7 + each) % COURSES] for each in range(TARGETS)],
            description="What one learns, in a few sentences that somebody wrote. " * 6,
        )
        for number in range(PRODUCTS)
    ]
    return Shop(
        organizations,
        courses,
        products,
        collectors=_learners("collector", COLLECTORS),
        regulars=_learners("regular", REGULARS),
        buyers=_learners("buyer", BUYERS),
    )


def planned_sales(shop: Shop) -> Iterator[tuple[Any, int]]:
    """Say who buys what; those with few orders come first."""
    for number, learner in enumerate(shop.regulars):
        for each in range(ORDERS_OF_REGULAR):
            yield learner, (number * 7 + each * 20) % PRODUCTS
    for number, learner in enumerate(shop.collectors):
        for each in range(ORDERS_OF_COLLECTOR):
            yield learner, (number + each * 2) % PRODUCTS


def sell_in_batches(shop: Shop, sales: Iterator[tuple[Any, int]], most: int | None = None) -> None:
    """Sell what is left, ``most`` at most."""
    wanted = islice(sales, most)
    while batch := list(islice(wanted, 2 * BATCH)):
        shop.sell(batch)
    shop.number_documents()


def print_documents(shop: Shop) -> None:
    """Give some regulars' orders the file of one document, which was rendered."""
    owners = [learner.pk for learner in shop.regulars[: PDFS // ORDERS_OF_REGULAR]]
    printed = list(ProformaInvoice.objects.filter(order__owner__in=owners).select_related("order"))
    first = ensure_pdf(printed[0].pk)
    content = ContentFile(read_pdf(first))
    for invoice in printed[1:]:
        invoice.pdf.save(f"{invoice.reference}.pdf", content, save=False)
        invoice.pdf_sha256 = first.pdf_sha256
        invoice.save(update_fields=["pdf", "pdf_sha256", "updated_on"])


def _learners(name: str, number: int) -> list[Any]:
    users = [UserFactory.build(username=f"{name}-{each}") for each in range(number)]
    return list(get_user_model()._default_manager.bulk_create(users))  # noqa: SLF001 - public


def analyze() -> None:
    """Let PostgreSQL know what there is, as it would after a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
