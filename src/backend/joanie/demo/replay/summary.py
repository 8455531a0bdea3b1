"""The table at the end: by module, what was registered and what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from joanie.common.money import Money
from joanie.core.enums import OrderState
from joanie.demo.offers import describe_money
from joanie.demo.replay.outcomes import Outcome
from joanie.demo.replay.plan import Purchase

HEADER = (
    "Module",
    "Registrations",
    "no day",
    "again",
    "Orders",
    "free",
    "Paid",
    "Refunded",
    "Amount in",
    "Amount back",
    "Documents",
)


def summarize(outcomes: Mapping[Purchase, Outcome]) -> list[Sequence[str]]:
    """Give the rows of the table: the modules, then all of them by currency."""
    by_module: dict[str, dict[Purchase, Outcome]] = {}
    by_currency: dict[str, dict[Purchase, Outcome]] = {}
    for purchase, outcome in outcomes.items():
        by_module.setdefault(purchase.registration.module, {})[purchase] = outcome
        by_currency.setdefault(f"all {purchase.price.currency}", {})[purchase] = outcome
    groups = [*sorted(by_module.items()), *sorted(by_currency.items())]
    return [_row(name, group) for name, group in groups]


def count_repeated(purchases: Mapping[Purchase, Outcome]) -> int:
    """Count the students who registered for a module more than once."""
    registrations = (purchase.registration for purchase in purchases)
    times = Counter((each.module, each.student) for each in registrations)
    return sum(count > 1 for count in times.values())


def _row(name: str, group: Mapping[Purchase, Outcome]) -> Sequence[str]:
    currency = next(iter(group)).price.currency
    seen = group.values()
    counts = (
        len(group),
        sum(each.registration.registered_on is None for each in group),
        count_repeated(group),
        sum(each.orders for each in seen),
        sum(purchase.is_free and each.orders for purchase, each in group.items()),
        sum(each.amount_in > 0 for each in seen),
        sum(each.state == OrderState.REFUNDED for each in seen),
    )
    amounts = (
        describe_money(Money(sum(parts, Decimal(0)), currency))
        for parts in (
            [each.amount_in for each in seen],
            [each.amount_back for each in seen],
        )
    )
    documents = sum(each.documents for each in seen)
    return (name, *(f"{count:,}" for count in counts), *amounts, f"{documents:,}")
