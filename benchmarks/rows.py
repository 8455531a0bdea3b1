"""What is measured: each row says which requests it sends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import httpx
from django.utils import timezone

from benchmarks.floors import DRF_VIEW, NO_MIDDLEWARE
from benchmarks.stock import API, Stock, as_learner
from benchmarks.wire import Request
from joanie.core.models import Product

# Different requests of a row that asks for the same again.
SAME = 20
# Most that one run of a row that never asks for the same gets to send, by its seconds.
PER_SECOND = 250
# Few, and with time enough for all of them.
PDFS_PER_SECOND, PDF_PATIENCE = 6, 6


@dataclass(frozen=True)
class Run:
    """What a row may use: the stock, for how long it runs, and where it is asked."""

    stock: Stock
    seconds: int
    base_url: str


@dataclass(frozen=True)
class Row:
    """``is_once``: each request is sent once, else they are sent again and again.

    A row whose requests are few may take ``patience`` times as long as others. One that
    ``is_cold`` is not warmed up before.
    """

    name: str
    requests: Callable[[Run], Sequence[Request]]
    status: int = 200
    is_once: bool = False
    server: str = "web"
    patience: int = 1
    is_cold: bool = False


def _floor(path: str) -> Callable[[Run], Sequence[Request]]:
    return lambda run: [
        Request(path, headers=as_learner(learner.username))
        for learner in run.stock.shop.regulars[:SAME]
    ]


def product_details(run: Run, number: int = SAME) -> list[Request]:
    """Ask as learners who bought other things: see ``planned_sales``."""
    learners, products = run.stock.shop.regulars, run.stock.shop.products
    return [
        Request(f"{API}/products/{products[each - 1].pk}/", headers=as_learner(learner.username))
        for each, learner in zip(range(number), learners, strict=False)
    ]


def changed_product_details(run: Run) -> list[Request]:
    """Change all products, then ask for each of them once."""
    Product.objects.update(updated_on=timezone.now())
    return product_details(run, len(run.stock.shop.products))


def anonymous_product_details(run: Run) -> list[Request]:
    return [Request(each.path) for each in product_details(run)]


def unchanged_product_details(run: Run) -> list[Request]:
    """Ask with the tag of the present answer."""
    with httpx.Client(base_url=run.base_url, trust_env=False) as http:
        return [
            replace(each, headers={**each.headers, "If-None-Match": _read_etag(http, each)})
            for each in product_details(run)
        ]


def _read_etag(http: httpx.Client, request: Request) -> str:
    answer = http.get(request.path, headers={"Accept": "application/json", **request.headers})
    return answer.headers["ETag"]


def course_details(run: Run) -> list[Request]:
    shop = run.stock.shop
    return [
        Request(f"{API}/courses/{course.code}/", headers=as_learner(learner.username))
        for course, learner in zip(shop.courses[:SAME], shop.regulars, strict=False)
    ]


def lists_of_10(run: Run) -> list[Request]:
    return [
        Request(f"{API}/orders/", headers=as_learner(learner.username))
        for learner in run.stock.shop.regulars[:SAME]
    ]


def lists_of_100(run: Run) -> list[Request]:
    return [
        Request(f"{API}/orders/?page_size=100", headers=as_learner(learner.username))
        for learner in run.stock.shop.collectors[: SAME // 2]
    ]


def duplicates(run: Run) -> list[Request]:
    """Tell what was told already."""
    told = run.stock.successes(SAME)
    with httpx.Client(base_url=run.base_url, trust_env=False) as http:
        for each in told:
            http.post(each.path, headers=dict(each.headers), content=each.body).raise_for_status()
    return told


DRF_VIEW_ROW = Row("bare DRF view", _floor(DRF_VIEW))
NO_MIDDLEWARE_ROW = Row("no middleware", _floor(NO_MIDDLEWARE))
FLOORS = (DRF_VIEW_ROW, NO_MIDDLEWARE_ROW)

FEWER_ORDERS = Row("orders, 10, with 1,000 in all", lists_of_10, server="small")
PDF_FIRST = Row(
    "PDF, first time",
    lambda run: run.stock.unprinted(PDFS_PER_SECOND * run.seconds),
    is_once=True,
    patience=PDF_PATIENCE,
)

# The one that changes the catalogue comes last. What a round measures is this, with the first
# floor again after every few rows: everything is divided by it.
ROWS = (
    *FLOORS,
    Row("product, warm", product_details),
    Row("product, warm, anonymous", anonymous_product_details),
    Row("product, not modified", unchanged_product_details, status=304),
    Row("course, warm", course_details),
    FEWER_ORDERS,
    Row("orders, 10", lists_of_10),
    Row("orders, 100", lists_of_100),
    Row(
        "order creation",
        lambda run: run.stock.purchases(PER_SECOND * run.seconds),
        status=201,
        is_once=True,
    ),
    Row(
        "one click",
        lambda run: run.stock.purchases_by_card(PER_SECOND * run.seconds),
        status=201,
        is_once=True,
    ),
    Row(
        "notification",
        lambda run: run.stock.successes(PER_SECOND * run.seconds),
        is_once=True,
    ),
    Row("notification, duplicate", duplicates),
    PDF_FIRST,
    Row("PDF, again", lambda run: run.stock.printed(SAME)),
    Row("product, cold", changed_product_details, is_once=True, is_cold=True),
)

FLOOR_EVERY = 5


def rows_of_a_round() -> Iterator[Row]:
    for number, row in enumerate(ROWS):
        if number and number % FLOOR_EVERY == 0:
            yield DRF_VIEW_ROW
        yield row
