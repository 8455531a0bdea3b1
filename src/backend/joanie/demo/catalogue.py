"""The demo catalogue: real modules and presentations, sold by institutions that do not exist."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from joanie.core.models import (
    Course,
    CourseRun,
    Organization,
    Product,
    ProductTargetCourseRelation,
)
from joanie.demo.dataset import Presentation, Seller, read_presentations, read_sellers

# Ids are derived from names, so that a product has the same address on every machine.
NAMESPACE = uuid.UUID("098c7997-682d-4fff-b87e-3adc8b451708")

# The oldest presentations have been going on for that long; the others follow as they did.
UNDER_WAY = timedelta(weeks=4)
# When people register, as the registrations say: days before and after a start.
EARLIEST_REGISTRATION = timedelta(days=322)
LATEST_REGISTRATION = timedelta(days=167)


@dataclass(frozen=True)
class Calendar:
    """The calendar of the dataset, moved as a whole."""

    first_start: date
    moved_by: timedelta

    def dates_of(self, presentation: Presentation) -> dict[str, datetime]:
        """Sales of everything open before the first start, so that all runs are open at once."""
        start = presentation.started_on + self.moved_by
        return {
            "start": _midnight(start),
            "end": _midnight(start + timedelta(days=presentation.days)),
            "enrollment_start": _midnight(self.first_start - EARLIEST_REGISTRATION),
            "enrollment_end": _midnight(start + LATEST_REGISTRATION + timedelta(days=1)),
        }


def product_id(presentation: Presentation) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, str(presentation))


@transaction.atomic
def load_catalogue(today: date) -> Counter[str]:
    """Write the catalogue, or make it again what the files say; return how much of what there is.

    Safe to repeat: on the same day nothing changes, on another one the dates of the runs do.
    """
    presentations = read_presentations()
    first_start = today - UNDER_WAY
    calendar = Calendar(first_start, moved_by=first_start - presentations[0].started_on)
    loaded: Counter[str] = Counter()
    for seller in read_sellers():
        organization = _load_organization(seller)
        sold = [each for each in presentations if seller.sells(each)]
        courses = {each.module: _load_course(each.module, organization) for each in sold}
        # The API lists what was made last first: that is to be what began first.
        for presentation in reversed(sold):
            run = _load_run(presentation, courses[presentation.module], calendar)
            _load_product(presentation, seller, organization, run)
        loaded.update(
            organizations=1, courses=len(courses), course_runs=len(sold), products=len(sold)
        )
    return loaded


def _load_organization(seller: Seller) -> Organization:
    code = seller.identity["code"]
    values = {**seller.identity, "i18n": {"title_fr": seller.title_fr}}
    organization, _ = Organization.objects.update_or_create(code=code, defaults=values)
    return organization


def _load_course(module: str, organization: Organization) -> Course:
    course, _ = Course.objects.update_or_create(
        code=module,
        defaults={
            "title": f"Module {module}, by distance learning",
            "i18n": {"title_fr": f"Module {module}, à distance"},
        },
    )
    course.organizations.set([organization])
    return course


def _load_run(presentation: Presentation, course: Course, calendar: Calendar) -> CourseRun:
    name = f"{presentation.module}+{presentation.code}"
    run, _ = CourseRun.objects.update_or_create(
        resource_link=f"https://lms.example.org/courses/course-v1:OULAD+{name}/",
        defaults={
            "course": course,
            "title": f"Presentation {presentation.code}",
            "i18n": {"title_fr": f"Session {presentation.code}"},
            **calendar.dates_of(presentation),
        },
    )
    return run


def _load_product(
    presentation: Presentation, seller: Seller, organization: Organization, run: CourseRun
) -> None:
    product, _ = Product.objects.update_or_create(
        pk=product_id(presentation),
        defaults={
            **_words_of(presentation),
            "price": seller.price_of(presentation),
            "vat_rate": seller.vat_rate,
        },
    )
    product.courses.set([run.course])
    product.organizations.set([organization])
    relation, _ = ProductTargetCourseRelation.objects.update_or_create(
        product=product, course=run.course
    )
    relation.course_runs.set([run])


def _words_of(presentation: Presentation) -> dict[str, object]:
    module, code, days = presentation.module, presentation.code, presentation.days
    return {
        "title": f"Module {module}, presentation {code}",
        "description": f"{days} days of distance learning, with a certificate at the end.",
        "call_to_action": "Enroll now",
        "i18n": {
            "title_fr": f"Module {module}, session {code}",
            "description_fr": f"{days} jours de formation à distance, et un certificat à la fin.",
            "call_to_action_fr": "S'inscrire",
        },
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
