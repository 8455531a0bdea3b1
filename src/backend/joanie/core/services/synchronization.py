"""Catalogues that show our course runs are told when one changes.

Each gets a signed POST with the run as it is at the time of sending, so what comes late or twice
is never out of date. See ``docs/reference/course-run-synchronization.md``.
"""

import json
import logging
import uuid
from collections.abc import Iterable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import JoanieError
from joanie.common.http import NoAnswer, NotHttp, exchange
from joanie.common.queue import enqueue
from joanie.common.signature import sign
from joanie.conf import joanie_settings
from joanie.core.models import CourseRun
from joanie.core.services.course_run_payload import describe_course_run

logger = logging.getLogger(__name__)

# What passes by itself, besides every 5xx.
PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class CatalogueUnavailable(JoanieError):
    """A catalogue did not say that it took what it was told: it is told again."""

    code = "catalogue_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("The catalogue does not answer.")


def announce_course_runs(course_run_ids: Iterable[uuid.UUID]) -> None:
    """Have every configured catalogue told about these runs, once the transaction is committed.

    One job for each catalogue and run, in the caller's transaction; none without a catalogue. To
    announce that a run is deleted, call it first and delete then, in one transaction: afterwards
    nobody knows the run's resource link.
    """
    catalogues = [name_of_catalogue(hook["url"]) for hook in joanie_settings.CATALOGUE_HOOKS]
    if not catalogues:
        return
    ids = list(dict.fromkeys(course_run_ids))
    links = dict(CourseRun.objects.filter(pk__in=ids).values_list("pk", "resource_link"))
    for course_run_id in ids:
        for catalogue in catalogues:
            enqueue(
                "joanie.core.tell_catalogue",
                catalogue=catalogue,
                course_run_id=str(course_run_id),
                resource_link=links.get(course_run_id, ""),
            )


def announce_courses(course_ids: Iterable[uuid.UUID]) -> None:
    """Announce the runs of courses whose code or organizations changed."""
    _announce(CourseRun.objects.filter(course__in=list(course_ids)))


def announce_products(product_ids: Iterable[uuid.UUID]) -> None:
    """Announce the runs that products give access to.

    When a product is deleted, or loses a target course, call it before as well as after, in one
    transaction: the runs it no longer leads to are to be told too.
    """
    _announce(runs_of_products(product_ids))


def runs_of_products(product_ids: Iterable[uuid.UUID]) -> QuerySet[CourseRun]:
    """Give all runs of the target courses: those that a product leaves out may have been in it."""
    ids = list(product_ids)
    return CourseRun.objects.filter(course__target_products__in=ids).distinct()


def name_of_catalogue(hook_url: str) -> str:
    """Name a catalogue where it may be read by many: jobs are kept, and logged."""
    return f"{_origin(hook_url)} {sha256(hook_url.encode()).hexdigest()[:12]}"


def tell_catalogue(*, catalogue: str, course_run_id: uuid.UUID, resource_link: str = "") -> None:
    """Send a run as it is now to a catalogue. Safe to repeat, and to run twice at once.

    What changed while it was being sent is sent again: whoever is last leaves the catalogue up to
    date. A catalogue that is not configured any more is told nothing; one that refuses is not
    asked again, and the refusal is logged. Raises CatalogueUnavailable.
    """
    hook = _find_hook(catalogue)
    if hook is None:
        logger.info("A catalogue is not configured any more: %s", catalogue)
        return
    sent, current = None, describe_course_run(course_run_id, resource_link=resource_link)
    while sent != current:
        if not _is_taken(hook["url"], hook["secret"], current):
            return
        sent, current = current, describe_course_run(course_run_id, resource_link=resource_link)


def _announce(course_runs: QuerySet[CourseRun]) -> None:
    if joanie_settings.CATALOGUE_HOOKS:
        announce_course_runs(course_runs.values_list("pk", flat=True))


def _find_hook(catalogue: str) -> Mapping[str, str] | None:
    hooks: Iterable[Mapping[str, str]] = joanie_settings.CATALOGUE_HOOKS
    return next((each for each in hooks if name_of_catalogue(each["url"]) == catalogue), None)


def _is_taken(hook_url: str, secret: str, payload: Mapping[str, Any]) -> bool:
    """Send it; say whether the catalogue took it. Raises CatalogueUnavailable."""
    body = json.dumps(payload).encode()
    headers = {"Authorization": sign(body, secret), "Content-Type": "application/json"}
    try:
        response = exchange(
            "POST",
            _origin(hook_url),
            hook_url,
            limit=joanie_settings.LMS_TIMEOUT,
            content=body,
            headers=headers,
        )
    except NoAnswer as error:
        raise CatalogueUnavailable(reason=str(error)) from error
    except NotHttp as error:
        return _refuse(hook_url, payload, str(error))
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status_code in PASSING:
        raise CatalogueUnavailable(reason=f"status {response.status_code}")
    if not response.is_success:
        return _refuse(hook_url, payload, f"status {response.status_code}")
    return True


def _refuse(hook_url: str, payload: Mapping[str, Any], reason: str) -> bool:
    logger.error("%s refuses course run %s: %s", _origin(hook_url), payload["id"], reason)
    return False


def _origin(url: str) -> str:
    """Return what may be logged: paths and queries hold keys now and then."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
