"""What is kept of the catalogue is never older than the catalogue, and never anybody's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from tests.api.api_client import Api
from tests.concurrency import at_once
from tests.statements import captured_statements, listing

from joanie.api.reads import cards
from joanie.core.catalogue_version import read_catalogue_version
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
    UserFactory,
)
from joanie.core.models import Course, CourseRun, Organization, Product

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product() -> Product:
    target = CourseFactory(title="Algebra", organizations=[OrganizationFactory(title="Here")])
    CourseRunFactory(course=target, title="Spring")
    product: Product = ProductFactory(
        courses=[CourseFactory(code="maths")], target_courses=[target], title="Old"
    )
    return product


def paths(product: Product) -> list[str]:
    return [f"/products/{product.pk}/", "/products/", "/courses/maths/", "/courses/"]


def execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def rename(product: Product) -> None:
    product.title = "New"
    product.save()


def taught(product: Product) -> Course:
    course: Course = product.target_courses.get()
    return course


# One after the other: each of them shows in the answer.
CHANGES: dict[str, Callable[[Product], Any]] = {
    "save": rename,
    "update": lambda _: Product.objects.update(price=7),
    "raw SQL": lambda _: execute("UPDATE joanie_core_product SET title = 'Raw'"),
    "target course": lambda product: product.target_courses.update(title="Geometry"),
    "organization": lambda _: Organization.objects.update(title="There"),
    "run": lambda _: CourseRun.objects.update(resource_link="https://new.example.org/"),
    "new run": lambda product: CourseRunFactory(course=taught(product)),
    "only one run": lambda product: product.target_course_relations.get().course_runs.add(
        CourseRun.objects.first()
    ),
    "no run": lambda _: CourseRun.objects.all().delete(),
    "other seller": lambda product: product.organizations.set([OrganizationFactory()]),
    "no teacher": lambda product: taught(product).organizations.clear(),
    "other place": lambda product: product.target_course_relations.update(position=3),
    "no target": lambda product: product.target_course_relations.all().delete(),
    "truncate": lambda _: execute("TRUNCATE joanie_core_product_organizations"),
    "replica": lambda _: execute(
        "SET session_replication_role = replica;"
        "UPDATE joanie_core_product SET title = 'Replica';"
        "SET session_replication_role = origin"
    ),
}


def test_the_next_answer_has_a_change_whoever_makes_it(anonymous: Api, product: Product) -> None:
    def read() -> list[Any]:
        return [anonymous.read(path) for path in paths(product)]

    before = read()
    for name, change in CHANGES.items():
        assert read() == before
        change(product)
        after = read()
        assert all(old != new for old, new in zip(before, after, strict=True)), name
        with nothing_kept():
            assert read() == after, name
        before = after


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Within a transaction that wrote something, rows are read."""
    with transaction.atomic():
        UserFactory()
        yield
        transaction.set_rollback(True)


def test_what_is_taken_back_is_not_kept(anonymous: Api, product: Product) -> None:
    path = f"/products/{product.pk}/"
    with transaction.atomic():
        rename(product)
        assert anonymous.read(path)["title"] == "New"
        transaction.set_rollback(True)
    assert anonymous.read(path)["title"] == "Old"


def test_a_change_that_is_not_committed_is_not_seen(anonymous: Api, product: Product) -> None:
    path = f"/products/{product.pk}/"
    version = read_catalogue_version()
    with transaction.atomic():
        rename(product)
        seen = at_once(lambda: (read_catalogue_version(), anonymous.read(path)["title"]))
        assert seen == [(version, "Old")]
    assert read_catalogue_version() != version
    assert anonymous.read(path)["title"] == "New"


def test_writers_do_not_wait_for_each_other(product: Product) -> None:
    other = ProductFactory()
    versions = [read_catalogue_version()]
    with transaction.atomic():
        rename(product)
        at_once(lambda: rename(other))
        versions += at_once(read_catalogue_version)
    versions.append(read_catalogue_version())
    assert len(set(versions)) == 3


def test_many_writers_leave_few_slots(product: Product) -> None:
    for _ in range(20):
        rename(product)
    assert len(str(read_catalogue_version()).split()) <= 3


def test_a_savepoint_taken_back_does_not_hide_what_follows(product: Product) -> None:
    version = read_catalogue_version()
    with transaction.atomic():
        with transaction.atomic():
            rename(product)
            transaction.set_rollback(True)
        rename(product)
    assert read_catalogue_version() != version


def test_the_number_of_a_transaction_from_a_backup_hides_nothing(product: Product) -> None:
    version = read_catalogue_version()
    with transaction.atomic():
        # As if it had been restored: another wrote it, when this number was given before.
        with transaction.atomic():
            execute("UPDATE joanie_core_catalogueversion SET changed_in = pg_current_xact_id()")
        rename(product)
    assert read_catalogue_version() != version


def test_what_has_nothing_to_do_with_it_changes_no_version(product: Product) -> None:
    version = read_catalogue_version()
    OrderFactory(product=product, course=product.courses.get(), owner=UserFactory())
    assert read_catalogue_version() == version


def test_all_rows_on_cards_change_the_version(anonymous: Api, product: Product) -> None:
    rename(product)
    with captured_statements() as statements:
        for path in paths(product):
            anonymous.read(path)
    read = {
        word.strip('"')
        for sql in statements
        for before, word in zip(sql.split(), sql.split()[1:], strict=False)
        if before in {"FROM", "JOIN"} and word.startswith('"')
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s",
            ["catalogue_changed"],
        )
        watched = {table for (table,) in cursor.fetchall()}
    assert read
    assert read <= watched, read - watched


def test_states_change_with_time_all_the_same(anonymous: Api, product: Product) -> None:
    path = f"/products/{product.pk}/"

    def priority() -> int:
        state = anonymous.read(path)["target_courses"][0]["course_runs"][0]["state"]
        return int(state["priority"])

    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert priority() == 0
        end = CourseRun.objects.get().enrollment_end
        assert end is not None
        clock.move_to(end - timedelta(microseconds=1))
        assert priority() == 0
        clock.move_to(end)
        assert priority() == 5
        clock.move_to(end - timedelta(days=1))
        assert priority() == 0


def test_each_language_has_its_own(anonymous: Api, product: Product) -> None:
    Product.objects.update(i18n={"title_fr": "Ancien"})
    french = Api(language="fr")
    for _ in range(2):
        assert anonymous.read(f"/products/{product.pk}/")["title"] == "Old"
        assert french.read(f"/products/{product.pk}/")["title"] == "Ancien"


def test_orders_are_their_owners(
    api: Api, other: Api, anonymous: Api, owner: Any, product: Product
) -> None:
    path = f"/products/{product.pk}/"
    assert api.read(path)["orders"] == []
    order = OrderFactory(owner=owner, product=product, course=product.courses.get())
    for _ in range(2):
        assert [each["id"] for each in api.read(path)["orders"]] == [str(order.pk)]
        assert other.read(path)["orders"] == []
        assert anonymous.read(path)["orders"] is None


def test_seats_left_are_those_of_this_moment(anonymous: Api, product: Product) -> None:
    Product.objects.update(max_orders=2)
    for left in (2, 1, 0):
        assert anonymous.read(f"/products/{product.pk}/")["seats_left"] == left
        assert anonymous.read("/courses/maths/")["products"][0]["seats_left"] == left
        OrderFactory(owner=UserFactory(), product=product, course=product.courses.get())


def test_a_product_of_no_course_is_not_displayed_there(anonymous: Api, product: Product) -> None:
    path = f"/products/{product.pk}/"
    for _ in range(2):
        assert anonymous.get(path, course="maths").status_code == 200
        assert anonymous.get(path, course="other").status_code == 404
    product.courses.clear()
    assert anonymous.get(path, course="maths").status_code == 404


def test_what_is_gone_is_not_there(anonymous: Api, product: Product) -> None:
    path = f"/products/{product.pk}/"
    anonymous.read(path)
    product.delete()
    assert anonymous.get(path).status_code == 404
    assert anonymous.read("/products/")["count"] == 0


def test_no_more_is_kept_than_has_room(
    anonymous: Api, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "MOST_CARDS", 2)
    ProductFactory.create_batch(3)
    for _ in range(2):
        assert len(anonymous.read("/products/")["results"]) == 4
    assert len(cards.product_cards._cards) == 2


@pytest.mark.parametrize(
    ("path", "first", "again"),
    [
        ("/products/{}/", 8, 1),
        ("/products/", 10, 3),
        ("/courses/maths/", 12, 1),
        ("/courses/", 14, 3),
    ],
)
def test_what_is_kept_is_not_read_again(
    anonymous: Api, product: Product, path: str, first: int, again: int
) -> None:
    for expected in (first, again, again):
        with captured_statements() as statements:
            anonymous.read(path.format(product.pk))
        assert len(statements) == expected, listing(statements)


def test_who_has_not_ordered_a_product_sees_it_in_2_statements(api: Api, product: Product) -> None:
    api.read(f"/products/{product.pk}/")
    with captured_statements() as statements:
        assert api.read(f"/products/{product.pk}/")["orders"] == []
    assert len(statements) == 2, listing(statements)
