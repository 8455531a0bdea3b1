"""The figures of a replay as Markdown, to be put into the documentation as they are."""

import os
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from joanie.common.money import Money
from joanie.demo.offers import describe_money
from joanie.demo.replay.books import Books, FaultsMet
from joanie.demo.replay.outcomes import Outcome
from joanie.demo.replay.plan import Purchase
from joanie.demo.replay.proof import Check

Row = Sequence[str]


@dataclass
class Figures:
    """What is known in the end.

    Seconds and what was cut off are of this run; kills, starts and restarts are of all runs.
    """

    command: str
    ended_at: datetime
    outcomes: Mapping[Purchase, Outcome]
    provider: Books
    faults: FaultsMet
    checks: Sequence[Check]
    done_now: int = 0
    buying: float = 0.0
    settling: float | None = None
    total: float = 0.0
    starts: int = 1
    kills: int = 0
    web_restarts: int = 0
    worker_restarts: int = 0
    cut_off: int = 0
    sold_meanwhile: Sequence[int] = ()
    jobs_again: int = 0
    found_payments: int = 0
    found_refunds: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)


def rows_of_faults(figures: Figures) -> list[Row]:
    met, happened = figures.faults.decided, figures.faults.happened
    dropped = figures.faults.dropped_payments, figures.faults.dropped_refunds
    return [
        ("Notifications", f"{sum(met.values()):,}"),
        (
            "Sent twice at the same moment",
            f"{met['duplicated']:,}, both taken {happened['duplicated']:,}",
        ),
        ("Held back", f"{met['reordered']:,}, overtaken by later ones {happened['reordered']:,}"),
        ("Dropped for good", f"{met['dropped']:,}"),
        (
            "Payments never told, found by reconciliation",
            f"{figures.found_payments:,} of {len(dropped[0]):,}",
        ),
        (
            "Refunds never told, found by reconciliation",
            f"{figures.found_refunds:,} of {len(dropped[1]):,}",
        ),
        ("Workers killed with SIGKILL", f"{figures.kills:,}"),
        ("Runs it took, killed ones included", f"{figures.starts:,}"),
    ]


def rows_of_restarts(figures: Figures) -> list[Row]:
    return [
        ("Web servers restarted", f"{figures.web_restarts:,}"),
        ("Workers restarted", f"{figures.worker_restarts:,}"),
        ("Purchases during each round", ", ".join(map("{:,}".format, figures.sold_meanwhile))),
        ("Calls cut off, and made again with the same key", f"{figures.cut_off:,}"),
        ("Jobs begun more than once", f"{figures.jobs_again:,}"),
    ]


def rows_of_time(figures: Figures) -> list[Row]:
    rate = figures.done_now / figures.buying if figures.buying else 0
    rows = [
        ("Registrations in this run", f"{figures.done_now:,}"),
        ("Ordered, paid and given back in", f"{figures.buying:,.0f} s, {rate:.1f} a second"),
    ]
    if figures.settling is not None:
        rows.append(("Then settled in", f"{figures.settling:,.0f} s"))
    return [*rows, ("All in all", f"{figures.total:,.0f} s")]


def rows_of_money(provider: Books) -> list[Row]:
    return [
        (
            currency,
            *(describe_money(Money(amount, currency)) for amount in (paid, back, paid - back)),
        )
        for currency, paid in sorted(provider.paid.items())
        for back in [provider.given_back.get(currency, Decimal(0))]
    ]


def rows_of_states(outcomes: Mapping[Purchase, Outcome]) -> list[Row]:
    states = Counter(outcome.state or "none" for outcome in outcomes.values())
    return [(state, f"{count:,}") for state, count in sorted(states.items())]


def write_report(figures: Figures) -> str:
    return "\n".join(_lines(figures)) + "\n"


def _lines(figures: Figures) -> Iterator[str]:
    registrations = len(figures.outcomes)
    left = sum(each.registration.has_left for each in figures.outcomes)
    yield f"# {registrations:,} registrations and {left:,} unregistrations, replayed"
    yield ""
    yield (
        f"`{figures.command}`, {figures.ended_at:%Y-%m-%d %H:%M} UTC, "
        f"{os.cpu_count()} processors, Python {platform.python_version()}."
    )
    yield ""
    is_all_well = not any(each.problems for each in figures.checks)
    yield (
        "Nothing lost, nothing twice." if is_all_well else "**Not everything is as it should be.**"
    )
    yield from _table(("Proof", "Looked at", ""), [_row_of(each) for each in figures.checks])
    yield from _table(("Orders", ""), rows_of_states(figures.outcomes))
    yield from _table(("Currency", "Paid", "Given back", "Kept"), rows_of_money(figures.provider))
    if figures.faults.decided:
        yield from _table(("Faults", ""), rows_of_faults(figures))
    if figures.worker_restarts:
        yield from _table(("Rolling restarts", ""), rows_of_restarts(figures))
    yield from _table(("Time", ""), rows_of_time(figures))
    if figures.settings:
        yield from _table(("Setting", "In this replay"), list(figures.settings.items()))
    for check in figures.checks:
        yield from (f"- {check.what}: {problem}" for problem in check.problems)


def _row_of(check: Check) -> Row:
    return (
        check.what,
        check.seen,
        f"**{len(check.problems):,} are not**" if check.problems else "yes",
    )


def _table(header: Row, rows: Sequence[Row]) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
