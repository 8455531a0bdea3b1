"""A catalogue, its learners, one provider, one worker and a clock. It begins anew in no time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.utils import timezone
from flask import Flask
from tests.common.sql import execute
from tests.provider import Provider
from tests.system.stateful.fate import Fate
from tests.system.stateful.post import Post
from tests.system.stateful.worker import Worker

from joanie.common.exceptions import JoanieError
from joanie.common.money import Money
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    OrganizationFactory,
    ProductFactory,
    UserFactory,
)
from joanie.core.models import Course, Product
from joanie.emulators.kit.acquirer.current import EXTENSION as STATE
from joanie.emulators.kit.acquirer.state import State
from joanie.emulators.kit.emulator import EXTENSION as EMULATOR
from joanie.emulators.kit.emulator import Emulator
from joanie.payment.crash_points import watch

LEARNERS = 3
PRICES = (
    Money("120.00", "EUR"),
    Money("50.01", "EUR"),
    Money(1001, "JPY"),
    Money("12.345", "KWD"),
    Money("0.00", "EUR"),
)
# The second one, as long as nobody changes it.
LIMITED, SEATS = 1, 1
# Which course each product is about: two of them give the same one.
COURSES = (0, 1, 1, 2, 2)


class World:
    def __init__(self, provider: Provider, emulator: Flask) -> None:
        self.provider = provider
        self.state: State = emulator.extensions[STATE]
        self.emulator: Emulator = emulator.extensions[EMULATOR]
        self.fate = Fate()
        self.worker = Worker()
        self.complaints: list[str] = []
        self._travel = time_machine.travel(0)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Have deaths foretold, and errors that nobody raises on purpose noticed."""
        watch(self.fate.meet)
        logger = logging.getLogger("joanie")
        listener = _Listener(self.complaints)
        logger.addHandler(listener)
        propagate, logger.propagate = logger.propagate, False
        yield
        logger.removeHandler(listener)
        logger.propagate = propagate
        watch(lambda point: None)

    def begin(self) -> None:
        self.beginning = datetime.now(UTC)
        self._travel = time_machine.travel(self.beginning)
        self._clock = self._travel.start()
        _empty_the_database()
        cache.clear()
        mail.outbox = []
        self.complaints.clear()
        self.emulator.forget()
        self.post = Post(self.emulator.deliveries)
        self._instructions: dict[str, Any] = {"notifications": {"hold": True}}
        self.instruct()
        organization = OrganizationFactory()
        self.courses = [_course(organization) for _ in range(max(COURSES) + 1)]
        self.products = [
            _product(organization, self.courses[course], price)
            for price, course in zip(PRICES, COURSES, strict=True)
        ]
        self.learners = UserFactory.create_batch(LEARNERS)
        Product.objects.filter(pk=self.products[LIMITED].pk).update(max_orders=SEATS)

    def end(self) -> None:
        self._travel.stop()

    def wait(self, span: timedelta) -> None:
        self._clock.shift(span)

    def instruct(self, **instructions: Any) -> None:
        """Tell the emulator, which keeps what it was told before."""
        self._instructions |= instructions
        self.provider.instruct(**self._instructions)

    def go_down(self, mode: str, times: int | None) -> None:
        fault = {"operation": "*", "mode": mode} | ({"times": times} if times else {})
        self.instruct(api={"fail": [fault]})

    def come_up(self) -> None:
        self.instruct(api={})

    @property
    def is_down(self) -> bool:
        faults = self.emulator.controls.as_json()["api"]["fail"]
        return any(fault["times"] != 0 for fault in faults)


def _empty_the_database() -> None:
    """Faster than TRUNCATE where there are few rows. Some of ours refuse to be deleted."""
    tables = [
        model._meta.db_table
        for label in ("joanie_core", "joanie_payment", "sandbox")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    deletions = [f"DELETE FROM {table}" for table in [*tables, "procrastinate_jobs"]]
    role = "SET session_replication_role ="
    execute(";".join([f"{role} replica", *deletions, f"{role} DEFAULT"]).replace("%", "%%"))


def _course(organization: Any) -> Course:
    course = CourseFactory(organizations=[organization])
    long_from_now = timezone.now() + timedelta(days=10_000)
    CourseRunFactory(course=course, enrollment_end=long_from_now, end=long_from_now)
    return course


def _product(organization: Any, course: Course, price: Money) -> Product:
    return ProductFactory(
        organizations=[organization], courses=[course], target_courses=[course], price=price
    )


class _Listener(logging.Handler):
    """Keeps the errors that were caught at a border, and that are none of ours."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__()
        self._complaints = complaints

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, JoanieError):
            self._complaints.append(f"{record.getMessage()}: {error!r}")
